// The SDK against an endpoint that behaves like a busy service: states that last, fault rules, throughput.
import { DynamoDBClient, CreateTableCommand, DeleteTableCommand, DescribeTableCommand, UpdateTableCommand, PutItemCommand,
    GetItemCommand, UpdateItemCommand, BatchWriteItemCommand, TransactWriteItemsCommand, waitUntilTableExists,
    waitUntilTableNotExists } from '@aws-sdk/client-dynamodb';
import assert from 'node:assert/strict';
import { endpoint, options, test } from './peer.mjs';

const TableName = 'busy';
const client = (more) => new DynamoDBClient({ ...options, ...more });
const patient = client({ maxAttempts: 12 }), once = client({ maxAttempts: 1 });
const waiting = { client: patient, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };

async function faults(rules, method = 'POST') {
    const answer = await fetch(`${endpoint}/_gatehouse/faults`, { method, body: rules && JSON.stringify(rules) });
    assert.equal(answer.status, 200);
    return answer.json();
}
const hits = async () => (await faults(undefined, 'GET')).map((rule) => rule.hits);
const item = (id) => ({ id: { S: id } });
const describe = async () => (await once.send(new DescribeTableCommand({ TableName }))).Table;

await test('a waiter sees a table come', async () => {
    await once.send(new CreateTableCommand({ TableName, ProvisionedThroughput: { ReadCapacityUnits: 100, WriteCapacityUnits: 1 },
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }));
    assert.equal((await describe()).TableStatus, 'CREATING');
    await assert.rejects(once.send(new PutItemCommand({ TableName, Item: item('early') })), { name: 'ResourceNotFoundException' });
    await assert.rejects(once.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true })), { name: 'ResourceInUseException' });
    assert.equal((await waitUntilTableExists(waiting, { TableName })).state, 'SUCCESS');
    await once.send(new PutItemCommand({ TableName, Item: item('a') }));
});

await test('throttled requests are tried again by the SDK', async () => {
    await faults({ seed: 3, rules: [{ operation: 'PutItem', rate: 0.5, answer: 'throttle' }] });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => patient.send(new PutItemCommand({ TableName, Item: item('t' + i) }))));
    const attempts = answers.reduce((sum, one) => sum + one.$metadata.attempts, 0);
    assert.equal(attempts, 20 + (await hits())[0]);
    assert.ok(attempts > 20);
    await faults([{ operation: 'PutItem', answer: 'throttle' }]);
    await assert.rejects(once.send(new PutItemCommand({ TableName, Item: item('x') })), (error) => {
        assert.equal(error.name, 'ProvisionedThroughputExceededException');
        assert.deepEqual(error.ThrottlingReasons, [{ reason: 'TableWriteProvisionedThroughputExceeded',
            resource: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}` }]);
        return true;
    });
});

await test('what a batch leaves is written in the end', async () => {
    await faults([{ operation: 'BatchWriteItem', answer: 'unprocessed', count: 3 }]);
    let left = { [TableName]: Array.from({ length: 20 }, (_, i) => ({ PutRequest: { Item: item('b' + i) } })) }, rounds = 0;
    const sizes = [];
    while (left[TableName]?.length) {
        sizes.push(left[TableName].length);
        left = (await once.send(new BatchWriteItemCommand({ RequestItems: left }))).UnprocessedItems;
        assert.ok(++rounds < 10);
    }
    assert.deepEqual(sizes, [20, 10, 5, 3]);
    for (const id of ['b0', 'b10', 'b19']) assert.deepEqual((await once.send(new GetItemCommand({ TableName, Key: item(id) }))).Item, item(id));
});

await test('a conflict cancels a transaction with its reason', async () => {
    await faults([{ answer: 'conflict', count: 1 }]);
    const transaction = new TransactWriteItemsCommand({ TransactItems: ['c1', 'c2'].map((id) => ({ Put: { TableName, Item: item(id) } })) });
    await assert.rejects(once.send(transaction), (error) => {
        assert.equal(error.name, 'TransactionCanceledException');
        assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ['TransactionConflict', 'None']);
        return true;
    });
    await once.send(transaction);
});

await test('an answer that is lost is asked for again', async () => {
    const add = (n) => new UpdateItemCommand({ TableName, Key: item('n'), UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': { N: String(n) } }, ReturnValues: 'ALL_NEW' });
    await faults([{ operation: 'UpdateItem', answer: 'drop', count: 2 }]);
    assert.equal((await patient.send(add(1))).Attributes.n.N, '1');
    await faults([{ operation: 'UpdateItem', answer: 'lost', count: 1 }]);
    assert.equal((await patient.send(add(1))).Attributes.n.N, '3'); // done twice: ADD is not idempotent
    await faults([{ operation: 'TransactWriteItems', answer: 'lost', count: 2 }]);
    await patient.send(new TransactWriteItemsCommand({ TransactItems: [{ Update: { TableName, Key: item('n'), UpdateExpression: 'ADD n :n',
        ExpressionAttributeValues: { ':n': { N: '1' } } } }] }));
    assert.deepEqual(await hits(), [2]);
    assert.equal((await once.send(new GetItemCommand({ TableName, Key: item('n'), ConsistentRead: true }))).Item.n.N, '4'); // a token makes it one
    await faults(undefined, 'DELETE');
});

await test('writes beyond the throughput are throttled', async () => {
    let written = 0;
    await assert.rejects(async () => {
        for (; written < 400; written++) await once.send(new PutItemCommand({ TableName, Item: item('w' + written) }));
    }, { name: 'ProvisionedThroughputExceededException' });
    assert.ok(written > 100 && written < 400, String(written));
    await patient.send(new PutItemCommand({ TableName, Item: item('later') }));
});

await test('a waiter sees a table go', async () => {
    await once.send(new DeleteTableCommand({ TableName }));
    assert.equal((await describe()).TableStatus, 'DELETING');
    await assert.rejects(once.send(new GetItemCommand({ TableName, Key: item('a') })), { name: 'ResourceNotFoundException' });
    assert.equal((await waitUntilTableNotExists(waiting, { TableName })).state, 'SUCCESS');
});
