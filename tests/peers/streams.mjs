// DynamoDB Streams through the AWS SDK for JavaScript v3.
import {
    CreateTableCommand, DeleteItemCommand, DynamoDBClient, PutItemCommand, TransactWriteItemsCommand, UpdateItemCommand,
    UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamCommand, DynamoDBStreamsClient, ExpiredIteratorException, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand,
    ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb-streams";

const endpoint = process.argv[2];
const tables = new DynamoDBClient({ endpoint });
const streams = new DynamoDBStreamsClient({ endpoint });
const TableName = "orders";

function check(name, got, wanted) {
    const a = JSON.stringify(got), b = JSON.stringify(wanted);
    console.log(a === b ? `ok ${name}` : `not ok ${name}\n  expected: ${b}\n  got:      ${a}`);
}

const created = await tables.send(new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
}));
const StreamArn = created.TableDescription.LatestStreamArn;
check("CreateTable names the stream", StreamArn, `${created.TableDescription.TableArn}/stream/${created.TableDescription.LatestStreamLabel}`);

const list = await streams.send(new ListStreamsCommand({ TableName }));
check("ListStreams finds it", list.Streams, [{ StreamArn, TableName, StreamLabel: created.TableDescription.LatestStreamLabel }]);
const { StreamDescription: description } = await streams.send(new DescribeStreamCommand({ StreamArn }));
check("DescribeStream tells its state", [description.StreamStatus, description.StreamViewType, description.TableName, description.KeySchema],
    ["ENABLED", "NEW_AND_OLD_IMAGES", TableName, [{ AttributeName: "id", KeyType: "HASH" }]]);
check("a creation time is a Date", description.CreationRequestDateTime instanceof Date, true);
const ShardId = description.Shards[0].ShardId;

async function iterator(type, SequenceNumber) {
    const answer = await streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: type, SequenceNumber }));
    return answer.ShardIterator;
}

await tables.send(new PutItemCommand({ TableName, Item: { id: { S: "a" }, data: { B: new Uint8Array([0, 255]) }, tags: { SS: ["y", "x"] } } }));
await tables.send(new UpdateItemCommand({
    TableName, Key: { id: { S: "a" } }, UpdateExpression: "SET n = :n REMOVE tags", ExpressionAttributeValues: { ":n": { N: "1.50" } },
}));
await tables.send(new DeleteItemCommand({ TableName, Key: { id: { S: "a" } } }));
await tables.send(new TransactWriteItemsCommand({
    TransactItems: ["b", "c"].map((id) => ({ Put: { TableName, Item: { id: { S: id } } } })),
}));

const { Records: records, NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator: await iterator("TRIM_HORIZON") }));
check("each change is a record", records.map((r) => [r.eventName, r.dynamodb.Keys.id.S]),
    [["INSERT", "a"], ["MODIFY", "a"], ["REMOVE", "a"], ["INSERT", "b"], ["INSERT", "c"]]);
check("images are attribute values", [records[1].dynamodb.OldImage, records[1].dynamodb.NewImage],
    [{ data: { B: { 0: 0, 1: 255 } }, id: { S: "a" }, tags: { SS: ["x", "y"] } }, { data: { B: { 0: 0, 1: 255 } }, id: { S: "a" }, n: { N: "1.5" } }]);
check("a record has its envelope", [records[0].eventVersion, records[0].eventSource, records[0].awsRegion, records[0].dynamodb.StreamViewType],
    ["1.1", "aws:dynamodb", "us-east-1", "NEW_AND_OLD_IMAGES"]);
check("its time is a Date of now", Math.abs(records[0].dynamodb.ApproximateCreationDateTime - Date.now()) < 60000, true);
const numbers = records.map((r) => BigInt(r.dynamodb.SequenceNumber));
check("sequence numbers rise", numbers.every((n, i) => i === 0 || n > numbers[i - 1]), true);
check("event ids differ", new Set(records.map((r) => r.eventID)).size, 5);

const after = await streams.send(new GetRecordsCommand({ ShardIterator: await iterator("AFTER_SEQUENCE_NUMBER", records[3].dynamodb.SequenceNumber) }));
check("reading goes on after a number", after.Records.map((r) => r.dynamodb.Keys.id.S), ["c"]);

// A header of ours: the answer comes with the record, not with a poll.
const waiting = new DynamoDBStreamsClient({ endpoint });
waiting.middlewareStack.add((next) => (args) => {
    args.request.headers["x-gatehouse-wait-ms"] = "20000";
    return next(args);
}, { step: "build" });
const started = Date.now();
const tail = waiting.send(new GetRecordsCommand({ ShardIterator: NextShardIterator }));
await tables.send(new PutItemCommand({ TableName, Item: { id: { S: "late" } } }));
check("a waiting read answers with the next record", (await tail).Records.map((r) => r.dynamodb.Keys.id.S), ["late"]);
check("and at once", Date.now() - started < 5000, true);

await tables.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
const closed = (await streams.send(new DescribeStreamCommand({ StreamArn }))).StreamDescription;
check("a stream that ended is DISABLED", [closed.StreamStatus, !!closed.Shards[0].SequenceNumberRange.EndingSequenceNumber], ["DISABLED", true]);
const rest = await streams.send(new GetRecordsCommand({ ShardIterator: await iterator("TRIM_HORIZON") }));
check("its shard is read to the end", [rest.Records.length, rest.NextShardIterator], [6, undefined]);

try {
    await streams.send(new DescribeStreamCommand({ StreamArn: StreamArn.replace("orders", "nothing") }));
    console.log("not ok a missing stream is refused");
} catch (error) {
    check("a missing stream is a ResourceNotFoundException", error instanceof ResourceNotFoundException, true);
}
try {
    await streams.send(new GetRecordsCommand({ ShardIterator: `${StreamArn}|1|AAAA` }));
    console.log("not ok an iterator of nobody is refused");
} catch (error) {
    check("an iterator of nobody is a ValidationException", [error.name, error instanceof ExpiredIteratorException], ["ValidationException", false]);
}

for (const [target, name] of [["DynamoDB_20120810.ListStreams", "streams"], ["DynamoDBStreams_20120810.ListTables", "tables"]]) {
    const answer = await fetch(endpoint, {
        method: "POST",
        body: "{}",
        headers: {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": target,
            "x-amz-date": "20260101T000000Z",
            authorization: "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0",
        },
    });
    check(`an operation of the ${name} under the other prefix is unknown`, (await answer.json()).__type, "com.amazon.coral.service#UnknownOperationException");
}
