// One service that behaves as the options of its path says: table t (id STRING) and table q
// (cust STRING, ts NUMBER), both of `items` items, with a stream each.
//   page: places looked at per page (100); gaps: every second place is filtered away, so pages may be empty
//   names: tables that a listing names, `listed` at a time (3), with empty pages between
//   endless: a read never ends; stall: no answer from the n-th data call on
//   throttle, reset: every n-th data call is refused, or cut inside its answer
//   unprocessed: so many tenths of the keys are never taken; few: so many parts of a batch are taken at once
//   raw: the answer of every data call, as it stands
//   expire: keys AKID1 are expired from the n-th data call on; state: of the tables; delay: ms of each answer
// A server is many of them: each path that is asked is one of its own, its options in base64url.
const known = new Map();
let options, data; // of the one that is asked
const expired = { status: 400, body: { __type: 'com.amazon.coral.service#ExpiredTokenException', message: 'The security token included in the request is expired' } };
const throttled = { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'too fast' } };
const metadata = /^(Describe|List)/;

function enter(path) {
    if (!known.has(path)) {
        const [, text] = path.split('/');
        known.set(path, { data: 0, options: { items: 10, page: 100, listed: 3, names: 2, state: 'ACTIVE', ...JSON.parse(Buffer.from(text, 'base64url')) } });
    }
    const one = known.get(path);
    ({ options } = one);
    return one;
}

function keySchema(name) {
    return name === 'q' ? [['cust', 'S', 'HASH'], ['ts', 'N', 'RANGE']] : [['id', 'S', 'HASH']];
}

function describe(name) {
    const arn = `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;
    return {
        TableName: name, TableArn: arn, TableStatus: options.state, ItemCount: options.items, TableSizeBytes: options.bytes ?? options.items * 100,
        AttributeDefinitions: keySchema(name).map(([n, t]) => ({ AttributeName: n, AttributeType: t })),
        KeySchema: keySchema(name).map(([n, , kind]) => ({ AttributeName: n, KeyType: kind })),
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        LatestStreamArn: arn + '/stream/2026-01-01T00:00:00.000', LatestStreamLabel: '2026-01-01T00:00:00.000',
    };
}

const number = (place) => String(place).padStart(7, '0');
const keyAt = (name, place) => (name === 'q' ? { cust: { S: 'c1' }, ts: { N: String(place) } } : { id: { S: 'i' + number(place) } });
const placeOf = (key) => Number(key.ts ? key.ts.N : key.id.S.slice(1));

// Places first .. last; with gaps only the even ones hold what the reader wants.
function read(body) {
    const name = body.TableName, step = body.TotalSegments ?? 1, end = options.endless ? Infinity : options.items * (options.gaps ? 2 : 1);
    let place = body.ExclusiveStartKey ? placeOf(body.ExclusiveStartKey) + step : body.Segment ?? 0;
    let scanned = 0, last = null;
    const items = [];
    for (; place < end && scanned < Math.min(options.page, body.Limit ?? Infinity); place += step, scanned++) {
        if (!options.gaps || place % 2 === 0) items.push({ ...keyAt(name, place), n: { N: String(place) } });
        last = keyAt(name, place);
    }
    const answer = { Count: items.length, ScannedCount: scanned, ConsumedCapacity: { TableName: name, CapacityUnits: 0.5 } };
    if (body.Select !== 'COUNT') answer.Items = items;
    if (place < end && last) answer.LastEvaluatedKey = last;
    return answer;
}

// Listings have pages of their own and empty ones between.
function list(body) {
    const from = Number(body.ExclusiveStartTableName?.split('+')[0].slice(5) ?? -1) + 1;
    const wasEmpty = !body.ExclusiveStartTableName || body.ExclusiveStartTableName.endsWith('+');
    if (!wasEmpty) return { TableNames: [], LastEvaluatedTableName: body.ExclusiveStartTableName + '+' };
    const names = [];
    for (let i = from; i < options.names && names.length < options.listed; i++) names.push('table' + number(i));
    const more = from + names.length < options.names;
    return { TableNames: names, ...(more && { LastEvaluatedTableName: names.at(-1) }) };
}

const isTaken = (key) => placeOf(key) % 10 >= (options.unprocessed ?? 0);

function writeBatch(body) {
    let taken = 0;
    const rest = {};
    for (const [name, requests] of Object.entries(body.RequestItems)) {
        const left = requests.filter((one) => !(isTaken(one.DeleteRequest?.Key ?? one.PutRequest.Item) && taken++ < (options.few ?? 25)));
        if (left.length) rest[name] = left;
    }
    return { UnprocessedItems: rest };
}

function readBatch(body) {
    const found = {}, rest = {};
    let taken = 0;
    for (const [name, { Keys, ...others }] of Object.entries(body.RequestItems)) {
        const left = [];
        found[name] = [];
        for (const key of Keys)
            if (isTaken(key) && taken++ < (options.few ?? 100)) { if (placeOf(key) < options.items) found[name].push({ ...key, n: { N: String(placeOf(key)) } }); }
            else left.push(key);
        if (left.length) rest[name] = { Keys: left, ...others };
    }
    return { Responses: found, UnprocessedKeys: rest };
}

const record = { eventID: '1', eventName: 'INSERT', dynamodb: { ApproximateCreationDateTime: 1760000000, Keys: { id: { S: 'a' } }, NewImage: { id: { S: 'a' } }, SequenceNumber: '1', SizeBytes: 10, StreamViewType: 'NEW_AND_OLD_IMAGES' } };

function respond(name, body) {
    switch (name) {
        case 'DescribeTable': return { Table: describe(body.TableName) };
        case 'ListTables': return list(body);
        case 'DescribeStream': return { StreamDescription: { StreamArn: body.StreamArn, StreamStatus: 'ENABLED', Shards: [{ ShardId: 'shardId-1', SequenceNumberRange: { StartingSequenceNumber: '1' } }] } };
        case 'GetShardIterator': return { ShardIterator: 'iterator' };
        case 'GetRecords': return { Records: options.endless ? [record] : [], NextShardIterator: 'iterator' };
        case 'Scan': case 'Query': return read(body);
        case 'GetItem': return { Item: { ...body.Key, n: { N: '1' } } };
        case 'BatchWriteItem': return writeBatch(body);
        case 'BatchGetItem': return readBatch(body);
        default: return {};
    }
}

// what is sent: {status, body, headers}, {reset: true} or null for no answer at all
export function answer(name, body, request) {
    const one = enter(request.url);
    if (!metadata.test(name) || name === 'DescribeStream') one.data++;
    data = one.data;
    const is = (every) => every && data % every === 0;
    if (options.stall && data >= options.stall) return null;
    if (options.expire && data >= options.expire && /Credential=AKID1\//.test(request.headers.authorization ?? '')) return expired;
    if (!metadata.test(name) && is(options.throttle)) return throttled;
    if (!metadata.test(name) && is(options.reset)) return { reset: true };
    if (options.raw !== undefined && !metadata.test(name)) return { status: 200, body: options.raw };
    return { status: 200, body: respond(name, body), delay: options.delay };
}
