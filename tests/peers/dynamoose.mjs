// Dynamoose 4 against the embedded endpoint: models, indexes, batches, conditions, transactions, table settings.
import dynamoose from 'dynamoose';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { options, test } from './peer.mjs';

const dynamodb = new DynamoDB(options);
dynamoose.aws.ddb.set(dynamodb);
const waitForActive = { enabled: true, check: { timeout: 10000, frequency: 0 } };

const userSchema = new dynamoose.Schema({
    team: { type: String, hashKey: true },
    number: { type: Number, rangeKey: true },
    name: { type: String, required: true, validate: (value) => value.length > 1 },
    role: { type: String, enum: ['admin', 'guest'], default: 'guest' },
    email: { type: String, index: { name: 'byEmail', type: 'global', rangeKey: 'number' }, set: (value) => typeof value === 'string' ? value.toLowerCase() : value },
    rank: { type: Number, index: { name: 'byRank', type: 'local' } },
    tags: { type: Set, schema: [String] },
    scores: { type: Set, schema: [Number] },
    born: Date,
    active: Boolean,
    raw: Buffer,
    address: { type: Object, schema: { city: String, zip: { type: Number, required: true } } },
    log: { type: Array, schema: [{ type: Object, schema: { what: String, count: Number } }] },
    nothing: dynamoose.type.NULL,
}, { timestamps: true });
const User = dynamoose.model('User', userSchema);
const table = new dynamoose.Table('Users', [User], { throughput: 'ON_DEMAND', waitForActive, tags: { owner: 'peers' },
    expires: { ttl: 3600000, attribute: 'expires' }, initialize: false });

await test('a table is created, waited for and given its time to live', async () => {
    await table.initialize();
    const { Table } = await dynamodb.describeTable({ TableName: 'Users' });
    assert.equal(Table.TableStatus, 'ACTIVE');
    assert.equal(Table.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
    assert.deepEqual(Table.GlobalSecondaryIndexes.map((index) => index.IndexName), ['byEmail']);
    assert.deepEqual(Table.LocalSecondaryIndexes.map((index) => index.IndexName), ['byRank']);
    const { TimeToLiveDescription } = await dynamodb.describeTimeToLive({ TableName: 'Users' });
    assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
    const { Tags } = await dynamodb.listTagsOfResource({ ResourceArn: Table.TableArn });
    assert.deepEqual(Tags, [{ Key: 'owner', Value: 'peers' }]);
});

const ada = { team: 'red', number: 1, name: 'Ada', email: 'ADA@example.org', rank: 7, tags: new Set(['x', 'y']), scores: new Set([1, 2.5]),
    born: new Date(0), active: true, raw: Buffer.from([0, 255]), address: { city: 'London', zip: 12 }, log: [{ what: 'born', count: 1 }],
    nothing: null };

await test('an item is created with defaults, setters and timestamps', async () => {
    const before = Date.now();
    const user = await User.create(ada);
    assert.equal(user.role, 'guest');
    assert.equal(user.email, 'ada@example.org');
    assert.ok(new Date(user.createdAt).getTime() >= before);
    const { Item } = await dynamodb.getItem({ TableName: 'Users', Key: { team: { S: 'red' }, number: { N: '1' } } });
    assert.deepEqual(Item.tags, { SS: ['x', 'y'] });
    assert.ok(Number(Item.expires.N) * 1000 > before + 3590000);
});

await test('an item comes back as it was', async () => {
    const user = await User.get({ team: 'red', number: 1 });
    assert.ok(user instanceof User);
    for (const name of ['name', 'rank', 'tags', 'scores', 'born', 'active', 'raw', 'address', 'log', 'nothing'])
        assert.deepEqual(user[name], ada[name], name);
    assert.equal(await User.get({ team: 'red', number: 404 }), undefined);
    const part = await User.get({ team: 'red', number: 1 }, { attributes: ['address', 'rank'], consistent: true });
    assert.deepEqual(part.toJSON(), { address: { city: 'London', zip: 12 }, rank: 7 });
});

await test('creating it twice fails, overwriting does not', async () => {
    const error = await User.create(ada).catch((e) => e);
    assert.equal(error.name, 'ConditionalCheckFailedException');
    const again = await User.create({ ...ada, rank: 8 }, { overwrite: true });
    assert.equal(again.rank, 8);
});

await test('validation stops bad items before they are sent', async () => {
    await assert.rejects(User.create({ team: 'red', number: 2 }), /name is a required property/);
    await assert.rejects(User.create({ team: 'red', number: 2, name: 'Bob', role: 'king' }), /role must equal/);
    await assert.rejects(User.create({ team: 'red', number: 2, name: 'B' }), /name with a value of B had a validation error/);
    assert.equal(await User.get({ team: 'red', number: 2 }), undefined);
});

await test('updates set, add, remove and delete', async () => {
    const Key = { team: 'red', number: 1 };
    let user = await User.update(Key, { $SET: { name: 'Ada L.', 'address': { city: 'Paris', zip: 75 } }, $ADD: { rank: 2, tags: new Set(['z']) },
        $REMOVE: ['active'] });
    assert.equal(user.name, 'Ada L.');
    assert.equal(user.rank, 10);
    assert.deepEqual(user.tags, new Set(['x', 'y', 'z']));
    assert.equal(user.active, undefined);
    assert.deepEqual(user.address, { city: 'Paris', zip: 75 });
    user = await User.update(Key, { $DELETE: { tags: new Set(['x', 'z']) } });
    assert.deepEqual(user.tags, new Set(['y']));
    user = await User.update(Key, { $ADD: { log: [{ what: 'moved', count: 2 }] } });
    assert.deepEqual(user.log, [{ what: 'born', count: 1 }, { what: 'moved', count: 2 }]);
    const old = await User.update(Key, { rank: 1 }, { returnValues: 'UPDATED_OLD' });
    assert.equal(old.rank, 10);
    const created = await User.update({ team: 'red', number: 3 }, { name: 'New' });
    assert.equal(created.name, 'New');
});

await test('conditions guard updates, creations and deletions', async () => {
    const Key = { team: 'red', number: 1 };
    const error = await User.update(Key, { rank: 5 }, { condition: new dynamoose.Condition().where('rank').gt(100) }).catch((e) => e);
    assert.equal(error.name, 'ConditionalCheckFailedException');
    const user = await User.update(Key, { rank: 5 }, { condition: new dynamoose.Condition().where('rank').lt(100).and().where('name')
        .beginsWith('Ada') });
    assert.equal(user.rank, 5);
    const kept = await User.delete(Key, { condition: new dynamoose.Condition('nothing').exists().and().where('role').not().eq('guest') })
        .catch((e) => e);
    assert.equal(kept.name, 'ConditionalCheckFailedException');
    await User.update(Key, { rank: 6 }, { condition: new dynamoose.Condition().parenthesis(new dynamoose.Condition('rank').in([4, 5])
        .or().where('rank').between(50, 60)).and().where('tags').contains('y') });
    assert.equal((await User.get(Key)).rank, 6);
});

const crew = Array.from({ length: 30 }, (_, i) => ({ team: i % 2 ? 'blue' : 'green', number: i, name: `n${i}`, email: `mail${i % 3}@x.org`,
    rank: 100 - i }));

await test('batches put, get and delete', async () => {
    for (let from = 0; from < crew.length; from += 25) {
        const { unprocessedItems } = await User.batchPut(crew.slice(from, from + 25));
        assert.deepEqual(unprocessedItems, []);
    }
    const users = await User.batchGet([{ team: 'blue', number: 1 }, { team: 'green', number: 2 }, { team: 'green', number: 77 }]);
    assert.deepEqual(users.map((user) => user.name).sort(), ['n1', 'n2']);
    assert.equal(users.unprocessedKeys.length, 0);
    const parts = await User.batchGet([{ team: 'blue', number: 1 }], { attributes: ['team', 'number', 'name'] });
    assert.deepEqual(parts[0].toJSON(), { team: 'blue', number: 1, name: 'n1' });
    await User.batchDelete([{ team: 'blue', number: 29 }, { team: 'green', number: 28 }]);
    assert.equal(await User.get({ team: 'blue', number: 29 }), undefined);
});

await test('queries use the key, both kinds of index, order and limits', async () => {
    const blue = await User.query('team').eq('blue').where('number').between(5, 15).sort('descending').exec();
    assert.deepEqual(blue.map((user) => user.number), [15, 13, 11, 9, 7, 5]);
    const byMail = await User.query('email').eq('mail1@x.org').using('byEmail').where('number').gt(10).exec();
    assert.deepEqual(byMail.map((user) => user.number), [13, 16, 19, 22, 25]);
    const byRank = await User.query('team').eq('green').where('rank').lt(80).using('byRank').exec();
    assert.deepEqual(byRank.map((user) => user.rank), [74, 76, 78]);
    const filtered = await User.query('team').eq('green').filter('name').beginsWith('n1').attributes(['name']).exec();
    assert.deepEqual(filtered.map((user) => user.toJSON()), [10, 12, 14, 16, 18].map((n) => ({ name: `n${n}` })));
    const first = await User.query('team').eq('green').limit(4).exec();
    assert.equal(first.count, 4);
    const second = await User.query('team').eq('green').limit(4).startAt(first.lastKey).exec();
    assert.deepEqual(second.map((user) => user.number), [8, 10, 12, 14]);
    assert.equal((await User.query('team').eq('green').count().exec()).count, 14);
    const all = await User.query('team').eq('green').limit(3).all().exec();
    assert.equal(all.length, 14);
});

await test('scans filter, page and run in parallel', async () => {
    assert.equal((await User.scan().exec()).count, 30);
    const some = await User.scan('rank').ge(90).and().where('email').not().eq('mail0@x.org').exec();
    assert.deepEqual(some.map((user) => user.number).sort((a, b) => a - b), [1, 2, 4, 5, 7, 8, 10]);
    assert.equal((await User.scan().parallel(4).exec()).count, 30);
    assert.equal((await User.scan('tags').exists().count().exec()).count, 1);
    const page = await User.scan().limit(11).exec();
    const rest = await User.scan().startAt(page.lastKey).exec();
    assert.equal(page.count + rest.count, 30);
    assert.equal((await User.scan().using('byEmail').exec()).count, 29);
});

const Account = dynamoose.model('Account', { id: String, balance: Number });
const accounts = new dynamoose.Table('Accounts', [Account], { throughput: { read: 2, write: 3 }, waitForActive, initialize: false });

await test('a transaction spans models, all or nothing', async () => {
    await accounts.initialize();
    await Account.batchPut([{ id: 'a', balance: 100 }, { id: 'b', balance: 0 }]);
    const move = (sum) => dynamoose.transaction([
        Account.transaction.update({ id: 'a' }, { $ADD: { balance: -sum } }, { condition: new dynamoose.Condition('balance').ge(sum) }),
        Account.transaction.update({ id: 'b' }, { $ADD: { balance: sum } }),
        Account.transaction.create({ id: `receipt-${sum}`, balance: sum }),
        User.transaction.condition({ team: 'red', number: 1 }, new dynamoose.Condition('rank').eq(6)),
        User.transaction.delete({ team: 'green', number: 0 }),
    ]);
    await move(60);
    const read = () => dynamoose.transaction([Account.transaction.get('a'), Account.transaction.get('b')]);
    assert.deepEqual((await read()).map((account) => account.balance), [40, 60]);
    assert.equal(await User.get({ team: 'green', number: 0 }), undefined);
    const error = await move(50).catch((e) => e);
    assert.equal(error.name, 'TransactionCanceledException');
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ['ConditionalCheckFailed', 'None', 'None', 'None', 'None']);
    assert.deepEqual((await read()).map((account) => account.balance), [40, 60]);
    const twice = await dynamoose.transaction([Account.transaction.create({ id: 'a', balance: 1 })]).catch((e) => e);
    assert.equal(twice.name, 'TransactionCanceledException');
});

await test('items are saved and deleted through the model', async () => {
    const account = new Account({ id: 'saved', balance: 5 });
    await account.save();
    account.balance = 6;
    await account.save();
    assert.equal((await Account.get('saved')).balance, 6);
    await account.delete();
    assert.equal(await Account.get('saved'), undefined);
    await Account.delete('never there');
});

await test('a table is updated to what its model says', async () => {
    await dynamodb.deleteItem({ TableName: 'Accounts', Key: { id: { S: 'none' } } });
    const Wider = dynamoose.model('Wider', { id: String, balance: Number, owner: { type: String, index: { name: 'byOwner' } } });
    const wider = new dynamoose.Table('Accounts', [Wider], { throughput: { read: 5, write: 6 }, waitForActive, update: true,
        tags: { stage: 'test' }, tableClass: 'infrequentAccess', expires: 1000, streamOptions: { enabled: true, type: 'NEW_IMAGE' },
        initialize: false });
    await wider.initialize();
    const { Table } = await dynamodb.describeTable({ TableName: 'Accounts' });
    assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 5);
    assert.equal(Table.ProvisionedThroughput.WriteCapacityUnits, 6);
    assert.equal(Table.GlobalSecondaryIndexes[0].IndexName, 'byOwner');
    assert.equal(Table.GlobalSecondaryIndexes[0].IndexStatus, 'ACTIVE');
    assert.equal(Table.TableClassSummary.TableClass, 'STANDARD_INFREQUENT_ACCESS');
    assert.deepEqual(Table.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
    assert.match(Table.LatestStreamArn, /table\/Accounts\/stream\//);
    assert.deepEqual((await dynamodb.listTagsOfResource({ ResourceArn: Table.TableArn })).Tags, [{ Key: 'stage', Value: 'test' }]);
    await Wider.create({ id: 'w', balance: 1, owner: 'me' });
    assert.equal((await Wider.query('owner').eq('me').exec())[0].id, 'w');
});

await test('an index that the model lost is taken away', async () => {
    const Narrow = dynamoose.model('Narrow', { id: String });
    await new dynamoose.Table('Accounts', [Narrow], { throughput: { read: 5, write: 6 }, waitForActive, update: ['indexes'],
        initialize: false }).initialize();
    const { Table } = await dynamodb.describeTable({ TableName: 'Accounts' });
    assert.equal(Table.GlobalSecondaryIndexes, undefined);
});

await test('what has expired is swept away', async () => {
    const Brief = dynamoose.model('Brief', { id: String });
    const brief = new dynamoose.Table('Briefs', [Brief], { waitForActive, expires: { ttl: -5000, attribute: 'ttl' }, initialize: false });
    await brief.initialize();
    await Brief.create({ id: 'gone soon' });
    const end = Date.now() + 10000;
    while ((await Brief.scan().exec()).count > 0) assert.ok(Date.now() < end, 'the item is still there');
});
