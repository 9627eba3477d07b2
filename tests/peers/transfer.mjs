// Exports and imports, and the parameters from before expressions, by the AWS SDK for JavaScript v3.
import { DynamoDBClient, CreateTableCommand, UpdateContinuousBackupsCommand, PutItemCommand, UpdateItemCommand, QueryCommand,
    ScanCommand, GetItemCommand, ExportTableToPointInTimeCommand, DescribeExportCommand, paginateListExports, ImportTableCommand,
    DescribeImportCommand, paginateListImports } from '@aws-sdk/client-dynamodb';
import { gunzipSync } from 'node:zlib';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { options, test } from './peer.mjs';

const dynamodb = new DynamoDBClient(options);
const TableName = 'books';
const keys = { AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }, { AttributeName: 'n', AttributeType: 'N' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }, { AttributeName: 'n', KeyType: 'RANGE' }], BillingMode: 'PAY_PER_REQUEST' };
let buckets, TableArn, ExportArn;

async function ended(describe, status) {
    for (const end = Date.now() + 30000; Date.now() < end;) {
        const description = await describe();
        if (description[status] !== 'IN_PROGRESS')
            return description;
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('still in progress');
}

function findBuckets(folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.name === 'tables.db')
            return join(folder, 'buckets');
        else if (entry.isDirectory()) {
            const found = findBuckets(join(folder, entry.name));
            if (found)
                return found;
        }
    return undefined;
}

await test('items are written and read with the older parameters', async () => {
    const { TableDescription } = await dynamodb.send(new CreateTableCommand({ TableName, ...keys }));
    TableArn = TableDescription.TableArn;
    await dynamodb.send(new UpdateContinuousBackupsCommand({ TableName,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }));
    for (let n = 0; n < 20; n++)
        await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: `${n}` }, v: { BOOL: n % 2 === 0 } },
            Expected: { id: { Exists: false } } }));
    await assert.rejects(dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, n: { N: '1' } },
        Expected: { id: { Exists: false } } })), { name: 'ConditionalCheckFailedException' });
    const { Attributes } = await dynamodb.send(new UpdateItemCommand({ TableName, Key: { id: { S: 'a' }, n: { N: '1' } },
        AttributeUpdates: { hits: { Action: 'ADD', Value: { N: '2' } }, v: { Action: 'DELETE' } }, ReturnValues: 'ALL_NEW' }));
    assert.deepEqual(Attributes, { hits: { N: '2' }, id: { S: 'a' }, n: { N: '1' } });
    const { Items } = await dynamodb.send(new QueryCommand({ TableName, AttributesToGet: ['n'], KeyConditions: {
        id: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'a' }] },
        n: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '3' }, { N: '6' }] } },
        QueryFilter: { v: { ComparisonOperator: 'EQ', AttributeValueList: [{ BOOL: true }] } } }));
    assert.deepEqual(Items, [{ n: { N: '4' } }, { n: { N: '6' } }]);
});

await test('an export is found in its bucket', async () => {
    const { ExportDescription } = await dynamodb.send(new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: 'my-bucket',
        S3Prefix: 'exports', ClientToken: 'token' }));
    ExportArn = ExportDescription.ExportArn;
    assert.equal(ExportDescription.ExportStatus, 'IN_PROGRESS');
    assert.ok(ExportDescription.StartTime instanceof Date);
    const end = await ended(async () => (await dynamodb.send(new DescribeExportCommand({ ExportArn }))).ExportDescription, 'ExportStatus');
    assert.equal(end.ExportStatus, 'COMPLETED', end.FailureMessage);
    assert.equal(end.ItemCount, 20);
    buckets = findBuckets(process.argv[3]);
    const summary = JSON.parse(readFileSync(join(buckets, 'my-bucket', end.ExportManifest), 'utf8'));
    const files = readFileSync(join(buckets, 'my-bucket', summary.manifestFilesS3Key), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    const lines = files.flatMap(({ dataFileS3Key }) =>
        gunzipSync(readFileSync(join(buckets, 'my-bucket', dataFileS3Key))).toString().trim().split('\n'));
    assert.equal(lines.length, 20);
    assert.ok(lines.every((line) => JSON.parse(line).Item.id.S === 'a'));
    const listed = [];
    for await (const page of paginateListExports({ client: dynamodb, pageSize: 1 }, { TableArn }))
        listed.push(...page.ExportSummaries);
    assert.deepEqual(listed, [{ ExportArn, ExportStatus: 'COMPLETED', ExportType: 'FULL_EXPORT' }]);
});

await test('an import of it makes an equal table', async () => {
    const { ImportTableDescription } = await dynamodb.send(new ImportTableCommand({ InputFormat: 'DYNAMODB_JSON',
        InputCompressionType: 'GZIP', S3BucketSource: { S3Bucket: 'my-bucket',
            S3KeyPrefix: `exports/AWSDynamoDB/${ExportArn.split('/').pop()}/data/` },
        TableCreationParameters: { TableName: 'copy', ...keys } }));
    const { ImportArn } = ImportTableDescription;
    const end = await ended(async () => (await dynamodb.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription, 'ImportStatus');
    assert.equal(end.ImportStatus, 'COMPLETED', end.FailureMessage);
    assert.equal(end.ImportedItemCount, 20);
    assert.equal(end.ErrorCount, 0);
    const all = async (name) => (await dynamodb.send(new ScanCommand({ TableName: name }))).Items;
    assert.deepEqual(await all('copy'), await all(TableName));
});

await test('an import of CSV counts what is no row', async () => {
    mkdirSync(join(buckets, 'csv'), { recursive: true });
    writeFileSync(join(buckets, 'csv', 'a.csv'), 'id,n,text\na,1,"one, two"\na,x,bad\n');
    const { ImportTableDescription: { ImportArn } } = await dynamodb.send(new ImportTableCommand({ InputFormat: 'CSV',
        S3BucketSource: { S3Bucket: 'csv' }, TableCreationParameters: { TableName: 'csv', ...keys } }));
    const end = await ended(async () => (await dynamodb.send(new DescribeImportCommand({ ImportArn }))).ImportTableDescription, 'ImportStatus');
    assert.deepEqual([end.ImportStatus, end.ProcessedItemCount, end.ImportedItemCount, end.ErrorCount], ['COMPLETED', 2, 1, 1]);
    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: 'csv', Key: { id: { S: 'a' }, n: { N: '1' } } }));
    assert.equal(Item.text.S, 'one, two');
    const listed = [];
    for await (const page of paginateListImports({ client: dynamodb, pageSize: 1 }, {}))
        listed.push(...page.ImportSummaryList.map(({ TableArn: arn }) => arn.split('/')[1]));
    assert.deepEqual(listed, ['csv', 'copy']);
});
