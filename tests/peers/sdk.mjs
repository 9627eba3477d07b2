// AWS SDK for JavaScript v3 against the embedded endpoint: waiters, paginators, the document client, errors, gateways.
import { DynamoDBClient, CreateTableCommand, DeleteTableCommand, DescribeTableCommand, waitUntilTableExists, waitUntilTableNotExists,
    paginateListTables, paginateScan, paginateQuery, UpdateTableCommand, ListTablesCommand, PutResourcePolicyCommand, GetResourcePolicyCommand, DeleteResourcePolicyCommand,
    UpdateContributorInsightsCommand, DescribeContributorInsightsCommand, paginateListContributorInsights,
    EnableKinesisStreamingDestinationCommand, DescribeKinesisStreamingDestinationCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, GetCommand, QueryCommand, UpdateCommand, BatchWriteCommand, BatchGetCommand,
    DeleteCommand, TransactWriteCommand, TransactGetCommand, paginateScan as paginateDocuments,
    paginateQuery as paginateDocumentQuery } from '@aws-sdk/lib-dynamodb';
import { APIGatewayClient, CreateRestApiCommand, GetResourcesCommand, CreateResourceCommand, PutMethodCommand, PutIntegrationCommand,
    CreateDeploymentCommand, GetStageCommand } from '@aws-sdk/client-api-gateway';
import { ApiGatewayV2Client, CreateApiCommand, CreateIntegrationCommand, CreateRouteCommand, CreateStageCommand,
    GetRoutesCommand } from '@aws-sdk/client-apigatewayv2';
import assert from 'node:assert/strict';
import { endpoint, options, test } from './peer.mjs';

const dynamodb = new DynamoDBClient(options);
const documents = DynamoDBDocumentClient.from(dynamodb);
const TableName = 'sdk';

await test('a table is created and waited for', async () => {
    await dynamodb.send(new CreateTableCommand({ TableName, BillingMode: 'PROVISIONED',
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'N' },
            { AttributeName: 'alt', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
        LocalSecondaryIndexes: [{ IndexName: 'byAlt', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'alt', KeyType: 'RANGE' }], Projection: { ProjectionType: 'KEYS_ONLY' } }] }));
    const result = await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30, minDelay: 1, maxDelay: 2 }, { TableName });
    assert.equal(result.state, 'SUCCESS');
});

await test('batches write and read back', async () => {
    for (let part = 0; part < 8; part++) {
        const requests = Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: {
            pk: `p${part % 2}`, sk: part * 25 + i, alt: `a${i % 5}`, text: 'x'.repeat(2000), nested: { list: [1, 'two', null, true] } } } }));
        const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
        assert.deepEqual(UnprocessedItems, {});
    }
    const { Responses } = await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: {
        Keys: [{ pk: 'p0', sk: 0 }, { pk: 'p1', sk: 25 }, { pk: 'p0', sk: 99999 }] } } }));
    assert.equal(Responses[TableName].length, 2);
});

await test('scan pages to the end', async () => {
    let items = 0, pages = 0;
    for await (const page of paginateScan({ client: dynamodb, pageSize: 30 }, { TableName })) {
        items += page.Items.length;
        pages++;
    }
    assert.equal(items, 200);
    assert.ok(pages >= 7);
});

await test('parallel segments are disjoint and complete', async () => {
    const seen = new Set();
    for (let Segment = 0; Segment < 5; Segment++)
        for await (const page of paginateScan({ client: dynamodb }, { TableName, Segment, TotalSegments: 5 }))
            for (const item of page.Items) seen.add(`${item.pk.S}/${item.sk.N}`);
    assert.equal(seen.size, 200);
});

await test('query pages in order', async () => {
    const keys = [];
    for await (const page of paginateQuery({ client: dynamodb, pageSize: 7 }, { TableName,
        KeyConditionExpression: 'pk = :p AND sk BETWEEN :a AND :b', FilterExpression: 'alt <> :no',
        ExpressionAttributeValues: { ':p': { S: 'p1' }, ':a': { N: '25' }, ':b': { N: '90' }, ':no': { S: 'a0' } } }))
        keys.push(...page.Items.map((item) => Number(item.sk.N)));
    assert.deepEqual(keys, [...keys].sort((a, b) => a - b));
    assert.equal(keys.length, 32);
});

await test('a local index answers', async () => {
    const { Items, Count, ScannedCount } = await documents.send(new QueryCommand({ TableName, IndexName: 'byAlt', ConsistentRead: true,
        KeyConditionExpression: 'pk = :p AND begins_with(alt, :a)', ExpressionAttributeValues: { ':p': 'p0', ':a': 'a3' } }));
    assert.equal(Count, 20);
    assert.equal(ScannedCount, 20);
    assert.deepEqual(Object.keys(Items[0]).sort(), ['alt', 'pk', 'sk']);
});

await test('updates return what was asked', async () => {
    const Key = { pk: 'u', sk: 1 };
    const first = await documents.send(new UpdateCommand({ TableName, Key, UpdateExpression: 'SET a.b = :v', ExpressionAttributeValues: { ':v': 1 } }))
        .catch((error) => error);
    assert.equal(first.name, 'ValidationException');
    assert.equal(first.message, 'The document path provided in the update expression is invalid for update');
    await documents.send(new UpdateCommand({ TableName, Key, UpdateExpression: 'SET a = :m ADD s :s', ExpressionAttributeValues: {
        ':m': { b: 1 }, ':s': new Set(['x', 'y']) } }));
    const { Attributes } = await documents.send(new UpdateCommand({ TableName, Key, UpdateExpression: 'SET a.b = a.b + :one DELETE s :x',
        ExpressionAttributeValues: { ':one': 1, ':x': new Set(['x']) }, ReturnValues: 'UPDATED_NEW' }));
    assert.deepEqual(Attributes, { a: { b: 2 }, s: new Set(['y']) });
});

await test('conditional failure carries the old item', async () => {
    await documents.send(new PutCommand({ TableName, Item: { pk: 'c', sk: 1, v: 'old' } }));
    const error = await documents.send(new PutCommand({ TableName, Item: { pk: 'c', sk: 1 }, ConditionExpression: 'v = :v',
        ExpressionAttributeValues: { ':v': 'new' }, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).catch((e) => e);
    assert.equal(error.name, 'ConditionalCheckFailedException');
    assert.equal(error.Item.v.S ?? error.Item.v, 'old');
});

await test('deletes return the old item and capacity', async () => {
    const { Attributes, ConsumedCapacity } = await documents.send(new DeleteCommand({ TableName, Key: { pk: 'c', sk: 1 }, ReturnValues: 'ALL_OLD',
        ReturnConsumedCapacity: 'TOTAL' }));
    assert.equal(Attributes.v, 'old');
    assert.equal(ConsumedCapacity.CapacityUnits, 1);
    assert.equal((await documents.send(new GetCommand({ TableName, Key: { pk: 'c', sk: 1 } }))).Item, undefined);
});

await test('a global index is added online', async () => {
    await dynamodb.send(new UpdateTableCommand({ TableName, AttributeDefinitions: [{ AttributeName: 'alt', AttributeType: 'S' }],
        GlobalSecondaryIndexUpdates: [{ Create: { IndexName: 'byGlobal', KeySchema: [{ AttributeName: 'alt', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' }, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } } }] }));
    const end = Date.now() + 10000;
    for (;;) {
        const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
        if (Table.GlobalSecondaryIndexes?.[0]?.IndexStatus === 'ACTIVE') break;
        assert.ok(Date.now() < end, 'the index did not become ACTIVE');
        await new Promise((resolve) => setImmediate(resolve));
    }
    const { Count } = await documents.send(new QueryCommand({ TableName, IndexName: 'byGlobal', Select: 'COUNT', KeyConditionExpression: 'alt = :a',
        ExpressionAttributeValues: { ':a': 'a4' } }));
    assert.equal(Count, 40);
});

await test('a transaction writes and reads several items', async () => {
    await documents.send(new PutCommand({ TableName, Item: { pk: 't', sk: 1, n: 1 } }));
    const { ConsumedCapacity, ItemCollectionMetrics } = await documents.send(new TransactWriteCommand({ TransactItems: [
        { Put: { TableName, Item: { pk: 't', sk: 2, s: new Set(['a', 'b']) }, ConditionExpression: 'attribute_not_exists(pk)' } },
        { Update: { TableName, Key: { pk: 't', sk: 1 }, UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': 41 } } },
        { Delete: { TableName, Key: { pk: 't', sk: 3 } } },
        { ConditionCheck: { TableName, Key: { pk: 't', sk: 4 }, ConditionExpression: 'attribute_not_exists(pk)' } }],
    ReturnConsumedCapacity: 'TOTAL', ReturnItemCollectionMetrics: 'SIZE' }));
    assert.deepEqual(ConsumedCapacity, [{ TableName, CapacityUnits: 8, WriteCapacityUnits: 8 }]);
    assert.deepEqual(ItemCollectionMetrics[TableName][0], { ItemCollectionKey: { pk: 't' }, SizeEstimateRangeGB: [0, 1] });
    const { Responses } = await documents.send(new TransactGetCommand({ TransactItems: [
        { Get: { TableName, Key: { pk: 't', sk: 2 } } }, { Get: { TableName, Key: { pk: 't', sk: 3 } } },
        { Get: { TableName, Key: { pk: 't', sk: 1 }, ProjectionExpression: 'n' } }] }));
    assert.deepEqual(Responses.map(({ Item }) => Item), [{ pk: 't', sk: 2, s: new Set(['a', 'b']) }, undefined, { n: 42 }]);
});

await test('a cancelled transaction says why, action by action', async () => {
    const error = await documents.send(new TransactWriteCommand({ TransactItems: [
        { Put: { TableName, Item: { pk: 't', sk: 9 } } },
        { Put: { TableName, Item: { pk: 't', sk: 1 }, ConditionExpression: 'n < :n', ExpressionAttributeValues: { ':n': 5 },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } },
        { Update: { TableName, Key: { pk: 't', sk: 2 }, UpdateExpression: 'SET a.b = :v', ExpressionAttributeValues: { ':v': 1 } } }] }))
        .catch((e) => e);
    assert.equal(error.name, 'TransactionCanceledException');
    assert.equal(error.message, 'Transaction cancelled, please refer cancellation reasons for specific reasons '
        + '[None, ConditionalCheckFailed, ValidationError]');
    assert.deepEqual(error.CancellationReasons.map(({ Code, Message }) => [Code, Message]), [['None', undefined],
        ['ConditionalCheckFailed', 'The conditional request failed'],
        ['ValidationError', 'The document path provided in the update expression is invalid for update']]);
    assert.equal(error.CancellationReasons[1].Item.n.N ?? error.CancellationReasons[1].Item.n, '42');
    assert.equal((await documents.send(new GetCommand({ TableName, Key: { pk: 't', sk: 9 } }))).Item, undefined);
});

await test('a request token makes a transaction happen once', async () => {
    const once = (n, ClientRequestToken = 'sdk-token') => new TransactWriteCommand({ ClientRequestToken, TransactItems: [
        { Update: { TableName, Key: { pk: 't', sk: 1 }, UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': n } } }] });
    await documents.send(once(1));
    await documents.send(once(1));
    const error = await documents.send(once(2)).catch((e) => e);
    assert.equal(error.name, 'IdempotentParameterMismatchException');
    assert.match(error.message, /different payload/);
    assert.equal((await documents.send(new GetCommand({ TableName, Key: { pk: 't', sk: 1 } }))).Item.n, 43);
});

await test('a policy, insights and a Kinesis destination are kept and described', async () => {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    const ResourceArn = Table.TableArn;
    const document = { Version: '2012-10-17', Statement: [{ Sid: 'Read', Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' },
        Action: 'dynamodb:GetItem', Resource: ResourceArn }] };
    const none = await dynamodb.send(new GetResourcePolicyCommand({ ResourceArn })).catch((e) => e);
    assert.equal(none.name, 'PolicyNotFoundException');
    const { RevisionId } = await dynamodb.send(new PutResourcePolicyCommand({ ResourceArn, Policy: JSON.stringify(document, null, 4) }));
    const policy = await dynamodb.send(new GetResourcePolicyCommand({ ResourceArn }));
    assert.equal(policy.Policy, JSON.stringify(document));
    assert.equal(policy.RevisionId, RevisionId);
    await dynamodb.send(new DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId: RevisionId }));
    await dynamodb.send(new UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction: 'ENABLE' }));
    const insights = await dynamodb.send(new DescribeContributorInsightsCommand({ TableName }));
    assert.equal(insights.ContributorInsightsStatus, 'ENABLED');
    assert.ok(insights.LastUpdateDateTime instanceof Date);
    assert.equal(insights.ContributorInsightsRuleList.length, 4);
    for await (const page of paginateListContributorInsights({ client: dynamodb }, { MaxResults: 1 }))
        assert.deepEqual(page.ContributorInsightsSummaries.map((summary) => summary.TableName), [TableName]);
    const StreamArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/peer';
    await dynamodb.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn }));
    const { KinesisDataStreamDestinations } = await dynamodb.send(new DescribeKinesisStreamingDestinationCommand({ TableName }));
    assert.deepEqual(KinesisDataStreamDestinations, [{ StreamArn, DestinationStatus: 'ACTIVE' }]);
});

await test('documents keep every type both ways', async () => {
    const wide = DynamoDBDocumentClient.from(new DynamoDBClient(options), { marshallOptions: { convertEmptyValues: false, removeUndefinedValues: true },
        unmarshallOptions: { wrapNumbers: true } });
    const item = { pk: 'types', sk: -1.5, text: '', accents: 'é日本𝄞', yes: true, no: false, nothing: null, list: [1, 'two', [], {}, [null]], map: { 'a.b': { c: [true] } },
        bytes: new Uint8Array([0, 255, 10]), none: new Uint8Array(0), strings: new Set(['b', 'a', '']), numbers: new Set([3, -2, 0.5]),
        binaries: new Set([new Uint8Array([1]), new Uint8Array([])]), big: 12345678901234567890n };
    await wide.send(new PutCommand({ TableName, Item: item }));
    const { Item } = await wide.send(new GetCommand({ TableName, Key: { pk: 'types', sk: -1.5 }, ConsistentRead: true }));
    assert.equal(Item.big.value, '12345678901234567890');
    assert.equal(Item.sk.value, '-1.5');
    assert.deepEqual([...Item.numbers].map((number) => number.value), ['-2', '0.5', '3']);
    assert.deepEqual(Item.strings, new Set(['', 'a', 'b']));
    assert.deepEqual([...Item.binaries].map((bytes) => [...bytes]), [[], [1]]);
    assert.deepEqual([...Item.bytes], [0, 255, 10]);
    assert.equal(Item.none.length, 0);
    for (const name of ['text', 'accents', 'yes', 'no', 'nothing']) assert.equal(Item[name], item[name]);
    assert.deepEqual(Item.map, item.map);
    assert.deepEqual(Item.list.slice(1), item.list.slice(1));
});

await test('a batch of more than it takes is refused as the service refuses it', async () => {
    const puts = Array.from({ length: 26 }, (_, i) => ({ PutRequest: { Item: { pk: 'many', sk: i } } }));
    const error = await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } })).catch((e) => e);
    assert.equal(error.name, 'ValidationException');
    assert.match(error.message, /^1 validation error detected: Value '\{sdk=\[com\.amazonaws\.dynamodb\.v20120810\.WriteRequest@[0-9a-f]+, .*\]\}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 25, Member must have length greater than or equal to 1\]$/);
    const keys = Array.from({ length: 101 }, (_, i) => ({ pk: 'many', sk: i }));
    const many = await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys } } })).catch((e) => e);
    assert.equal(many.message, "1 validation error detected: Value at 'RequestItems.sdk.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100");
});

await test('pages of the document client join to the whole', async () => {
    const seen = [];
    for await (const page of paginateDocuments({ client: documents, pageSize: 9 }, { TableName, FilterExpression: 'attribute_exists(alt) AND sk >= :n',
        ExpressionAttributeValues: { ':n': 150 }, ProjectionExpression: 'sk' })) seen.push(...page.Items.map((one) => one.sk));
    assert.deepEqual(seen.sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => 150 + i));
    const back = [];
    for await (const page of paginateDocumentQuery({ client: documents, pageSize: 13 }, { TableName, ScanIndexForward: false, KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': 'p0' } })) {
        assert.ok(page.Items.length <= 13);
        back.push(...page.Items.map((one) => one.sk));
    }
    assert.equal(back.length, 100);
    assert.deepEqual(back, [...back].sort((a, b) => b - a));
});

await test('tables are listed in pages and waited away', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `listed-${i}`);
    for (const name of names) await dynamodb.send(new CreateTableCommand({ TableName: name, BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }));
    const listed = [];
    let pages = 0;
    for await (const page of paginateListTables({ client: dynamodb, pageSize: 3 }, {})) {
        listed.push(...page.TableNames);
        pages++;
    }
    assert.deepEqual(listed.filter((name) => name.startsWith('listed-')), names);
    assert.ok(pages >= 3);
    for (const name of names) await dynamodb.send(new DeleteTableCommand({ TableName: name }));
    for (const name of names)
        assert.equal((await waitUntilTableNotExists({ client: dynamodb, maxWaitTime: 30, minDelay: 1, maxDelay: 2 }, { TableName: name })).state, 'SUCCESS');
});

await test('errors have the names the SDK knows', async () => {
    const error = await documents.send(new GetCommand({ TableName: 'nosuch', Key: { a: 1 } })).catch((e) => e);
    assert.equal(error.name, 'ResourceNotFoundException');
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.equal((await dynamodb.send(new ListTablesCommand({}))).TableNames.length, 1);
});

await test('a REST API is created, deployed and called', async () => {
    const rest = new APIGatewayClient(options);
    const { id: restApiId } = await rest.send(new CreateRestApiCommand({ name: 'sdk' }));
    const { items } = await rest.send(new GetResourcesCommand({ restApiId }));
    const { id: resourceId } = await rest.send(new CreateResourceCommand({ restApiId, parentId: items[0].id, pathPart: '{proxy+}' }));
    await rest.send(new PutMethodCommand({ restApiId, resourceId, httpMethod: 'ANY', authorizationType: 'NONE',
        requestParameters: { 'method.request.path.proxy': true } }));
    await rest.send(new PutIntegrationCommand({ restApiId, resourceId, httpMethod: 'ANY', type: 'HTTP_PROXY', integrationHttpMethod: 'ANY',
        uri: `${endpoint}/_gatehouse/echo/{proxy}`, requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' } }));
    await rest.send(new CreateDeploymentCommand({ restApiId, stageName: 'v1' }));
    const { deploymentId } = await rest.send(new GetStageCommand({ restApiId, stageName: 'v1' }));
    assert.ok(deploymentId);
    const answer = await fetch(`${endpoint}/restapis/${restApiId}/v1/_user_request_/a/b?x=1`, { method: 'POST', body: 'hello' });
    assert.equal(answer.status, 200);
    const echo = await answer.json();
    assert.equal(echo.method, 'POST');
    assert.equal(echo.body, 'hello');
});

await test('an HTTP API deploys itself', async () => {
    const http = new ApiGatewayV2Client(options);
    const { ApiId } = await http.send(new CreateApiCommand({ Name: 'sdk', ProtocolType: 'HTTP' }));
    await http.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    const { IntegrationId } = await http.send(new CreateIntegrationCommand({ ApiId, IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'GET',
        IntegrationUri: `${endpoint}/_gatehouse/echo`, PayloadFormatVersion: '1.0' }));
    await http.send(new CreateRouteCommand({ ApiId, RouteKey: 'GET /hello', Target: `integrations/${IntegrationId}` }));
    const { Items } = await http.send(new GetRoutesCommand({ ApiId }));
    assert.equal(Items[0].RouteKey, 'GET /hello');
    assert.equal((await fetch(`${endpoint}/_aws/execute-api/${ApiId}/$default/hello`)).status, 200);
    const missing = await fetch(`${endpoint}/_aws/execute-api/${ApiId}/$default/none`);
    assert.equal(missing.status, 404);
    assert.deepEqual(await missing.json(), { message: 'Not Found' });
});
