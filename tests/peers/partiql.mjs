// PartiQL through the AWS SDK for JavaScript v3: statements, pages, batches, transactions, errors.
import { DynamoDBClient, CreateTableCommand, ExecuteStatementCommand, BatchExecuteStatementCommand, ExecuteTransactionCommand,
    BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ExecuteStatementCommand as DocumentStatement, BatchExecuteStatementCommand as DocumentBatch,
    ExecuteTransactionCommand as DocumentTransaction } from '@aws-sdk/lib-dynamodb';
import assert from 'node:assert/strict';
import { options, test } from './peer.mjs';

const dynamodb = new DynamoDBClient(options);
const documents = DynamoDBDocumentClient.from(dynamodb);
const ask = (Statement, more = {}) => dynamodb.send(new ExecuteStatementCommand({ Statement, ...more }));
const askDocument = (Statement, Parameters, more = {}) => documents.send(new DocumentStatement({ Statement, Parameters, ...more }));

await test('the SDK inserts and selects by statement', async () => {
    await dynamodb.send(new CreateTableCommand({ TableName: 'Music', BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'Artist', AttributeType: 'S' }, { AttributeName: 'SongTitle', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'Artist', KeyType: 'HASH' }, { AttributeName: 'SongTitle', KeyType: 'RANGE' }] }));
    const answer = await ask(`INSERT INTO "Music" VALUE {'Artist':'Acme Band','SongTitle':'PartiQL Rocks','Awards':<<'Grammy'>>,
        'Detail':{'Years':[2020, 2018]}}`);
    assert.deepEqual(answer.Items, []);
    const { Items } = await ask(`SELECT Awards, Detail.Years[0] FROM "Music" WHERE Artist='Acme Band' AND SongTitle='PartiQL Rocks'`);
    assert.deepEqual(Items, [{ Awards: { SS: ['Grammy'] }, 'Years[0]': { N: '2020' } }]);
});

await test('the document client binds parameters', async () => {
    await askDocument('INSERT INTO Music VALUE ?', [{ Artist: 'A', SongTitle: 'S', n: 1, tags: new Set(['x', 'y']), bytes: new Uint8Array([1, 2]) }]);
    const { Items } = await askDocument('SELECT * FROM Music WHERE Artist = ? AND SongTitle = ? AND contains(tags, ?)', ['A', 'S', 'x'],
        { ConsistentRead: true });
    assert.equal(Items[0].n, 1);
    assert.deepEqual(Items[0].tags, new Set(['x', 'y']));
    assert.deepEqual(Items[0].bytes, new Uint8Array([1, 2]));
});

await test('an update returns what was asked', async () => {
    const { Items } = await askDocument('UPDATE Music SET n = n + ? SET tags = set_add(tags, ?) WHERE Artist = ? AND SongTitle = ? RETURNING MODIFIED NEW *',
        [4, new Set(['z']), 'A', 'S']);
    assert.deepEqual(Items, [{ n: 5, tags: new Set(['x', 'y', 'z']) }]);
});

await test('pages follow each other to the end', async () => {
    for (let part = 0; part < 4; part++)
        await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { Music: Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: {
            Artist: { S: 'Many' }, SongTitle: { S: String(part * 25 + i).padStart(3, '0') } } } })) } }));
    const titles = [];
    let pages = 0, NextToken;
    do {
        const page = await askDocument('SELECT SongTitle FROM Music WHERE Artist = ? ORDER BY SongTitle DESC', ['Many'], { Limit: 30, NextToken });
        pages++;
        titles.push(...page.Items.map((item) => item.SongTitle));
        assert.equal(page.LastEvaluatedKey?.SongTitle, page.NextToken && titles.at(-1));
        NextToken = page.NextToken;
    } while (NextToken);
    assert.equal(pages, 4);
    assert.deepEqual(titles, Array.from({ length: 100 }, (_, i) => String(99 - i).padStart(3, '0')));
});

await test('errors of statements have the names the SDK knows', async () => {
    const duplicate = await ask(`INSERT INTO Music VALUE {'Artist':'A','SongTitle':'S'}`).catch((error) => error);
    assert.equal(duplicate.name, 'DuplicateItemException');
    assert.equal(duplicate.message, 'Duplicate primary key exists in table');
    const failed = await ask(`UPDATE Music SET n = 0 WHERE Artist = 'A' AND SongTitle = 'S' AND n = 77`,
        { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }).catch((error) => error);
    assert.equal(failed.name, 'ConditionalCheckFailedException');
    assert.deepEqual(failed.Item.n, { N: '5' });
    const syntax = await ask('SELECT * FROM Music WHERE').catch((error) => error);
    assert.equal(syntax.name, 'ValidationException');
    assert.equal(syntax.message, "Statement wasn't well formed, can't be processed: Unexpected term");
    assert.equal((await ask('SELECT * FROM Nowhere').catch((error) => error)).name, 'ResourceNotFoundException');
});

await test('members of a batch fail alone', async () => {
    const { Responses, ConsumedCapacity } = await dynamodb.send(new BatchExecuteStatementCommand({ ReturnConsumedCapacity: 'TOTAL', Statements: [
        { Statement: `SELECT n FROM Music WHERE Artist = 'A' AND SongTitle = 'S'` },
        { Statement: `SELECT n FROM Music WHERE Artist = 'A'` },
        { Statement: 'SELECT n FROM Nowhere WHERE Artist = ?', Parameters: [{ S: 'A' }] }] }));
    assert.deepEqual(Responses[0], { TableName: 'Music', Item: { n: { N: '5' } } });
    assert.equal(Responses[1].Error.Code, 'ValidationError');
    assert.equal(Responses[2].Error.Code, 'ResourceNotFound');
    assert.equal(ConsumedCapacity[0].CapacityUnits, 0.5);
    const writes = await documents.send(new DocumentBatch({ Statements: [
        { Statement: 'INSERT INTO Music VALUE ?', Parameters: [{ Artist: 'B', SongTitle: '1' }] },
        { Statement: 'INSERT INTO Music VALUE ?', Parameters: [{ Artist: 'B', SongTitle: '1' }] },
        { Statement: 'DELETE FROM Music WHERE Artist = ? AND SongTitle = ? RETURNING ALL OLD *', Parameters: ['B', '1'] }] }));
    assert.equal(writes.Responses[1].Error.Code, 'DuplicateItem');
    assert.deepEqual(writes.Responses[2].Item, { Artist: 'B', SongTitle: '1' });
});

await test('a transaction happens whole or not at all', async () => {
    await documents.send(new DocumentTransaction({ ClientRequestToken: 'once', TransactStatements: [
        { Statement: 'UPDATE Music SET n = n + ? WHERE Artist = ? AND SongTitle = ?', Parameters: [1, 'A', 'S'] },
        { Statement: `EXISTS(SELECT * FROM Music WHERE Artist = 'A' AND SongTitle = 'T' AND n IS MISSING)` },
        { Statement: `INSERT INTO Music VALUE {'Artist':'A', 'SongTitle':'U'}` }] }));
    const error = await documents.send(new DocumentTransaction({ TransactStatements: [
        { Statement: 'UPDATE Music SET n = n + ? WHERE Artist = ? AND SongTitle = ?', Parameters: [1, 'A', 'S'] },
        { Statement: `INSERT INTO Music VALUE {'Artist':'A', 'SongTitle':'U'}` }] })).catch((e) => e);
    assert.equal(error.name, 'TransactionCanceledException');
    assert.deepEqual(error.CancellationReasons.map((reason) => reason.Code), ['None', 'DuplicateItem']);
    const { Responses } = await dynamodb.send(new ExecuteTransactionCommand({ TransactStatements: [
        { Statement: `SELECT n FROM Music WHERE Artist = 'A' AND SongTitle = 'S'` },
        { Statement: `SELECT * FROM Music WHERE Artist = 'A' AND SongTitle = 'none'` }] }));
    assert.deepEqual(Responses[0].Item, { n: { N: '6' } });
    assert.equal(Responses[1].Item, undefined);
});
