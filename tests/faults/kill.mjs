// Kills the endpoint ROUNDS times while eight clients write: node kill.mjs PROGRAM FOLDER ROUNDS.
// Every acknowledged write must be found again, whole, in table and index, and no transaction
// may be there by half. Prints "ok NAME" and "not ok NAME".
import { spawn } from 'node:child_process';
import http from 'node:http';

// The endpoint reads signatures here, it does not check them.
const signed = { 'X-Amz-Date': '20260101T000000Z', Authorization: 'AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00' };
const [program, folder, rounds] = process.argv.slice(2);
const socketPath = `${folder}/kill.sock`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const acknowledged = new Map(); // id -> n
const unsure = new Map(); // id -> n: sent, no answer came
const pairs = new Set(); // transactions acknowledged
let serial = 0, kinds = 4;

function call(name, input, limit = 10000) {
    return new Promise((resolve, reject) => {
        const request = http.request({ socketPath, agent, method: 'POST', path: '/',
            headers: { ...signed, 'X-Amz-Target': 'DynamoDB_20120810.' + name, 'Content-Type': 'application/x-amz-json-1.0' } });
        request.on('response', (response) => {
            let text = '';
            response.on('data', (part) => (text += part));
            response.on('error', reject);
            response.on('end', () => {
                if (!response.complete) reject(new Error('cut'));
                else if (response.statusCode !== 200) reject(Object.assign(new Error(text), { answered: true }));
                else resolve(JSON.parse(text));
            });
        });
        request.on('error', reject);
        request.setTimeout(limit, () => request.destroy(new Error(name + ' was not answered')));
        request.end(JSON.stringify(input));
    });
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function start() {
    const child = spawn(program, ['serve', '--data', `${folder}/data`, '--socket', socketPath], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '', ended = false;
    child.stderr.on('data', (part) => (said += part));
    child.gone = new Promise((resolve) => child.on('exit', () => resolve((ended = true))));
    for (const end = Date.now() + 10000; ; await wait(5)) {
        try {
            await call('ListTables', {}, 1000);
            return child;
        } catch {
            if (ended || Date.now() > end) throw new Error('the endpoint does not start: ' + said);
        }
    }
}

const padding = 'p'.repeat(700);
const item = (id, n) => ({ id: { S: id }, n: { N: String(n) }, g: { S: 'g' + (n % 7) }, text: { S: padding + id } });

// One write of one of four kinds. What is not answered may be there or not, but never by half.
async function write() {
    const n = ++serial, id = 'w' + n, kind = n % kinds;
    const ids = kind === 2 ? [id, id + 'b', id + 'c'] : kind === 3 ? [id + 't1', id + 't2'] : [id];
    try {
        if (kind === 0) await call('PutItem', { TableName: 'things', Item: item(id, n) });
        if (kind === 1) {
            await call('UpdateItem', { TableName: 'things', Key: { id: { S: id } }, UpdateExpression: 'SET n = :n, g = :g, #t = :t',
                ExpressionAttributeNames: { '#t': 'text' },
                ExpressionAttributeValues: { ':n': { N: String(n) }, ':g': { S: 'g' + (n % 7) }, ':t': { S: padding + id } } });
        }
        if (kind === 2) {
            const answer = await call('BatchWriteItem', { RequestItems: { things: ids.map((one) => ({ PutRequest: { Item: item(one, n) } })) } });
            for (const rest of answer.UnprocessedItems?.things ?? []) ids.splice(ids.indexOf(rest.PutRequest.Item.id.S), 1);
        }
        if (kind === 3) {
            await call('TransactWriteItems', { TransactItems: ids.map((one) => ({ Put: { TableName: 'things', Item: item(one, n) } })) });
            pairs.add(id);
        }
        for (const one of ids) acknowledged.set(one, n);
    } catch (error) {
        for (const one of ids) unsure.set(one, n);
        throw error;
    }
}

async function writer(state) {
    while (!state.over) {
        try {
            await write();
        } catch (error) {
            if (error.answered) state.refused = error.message;
            if (error.answered || state.over) return;
            await wait(1);
        }
    }
}

function check(name, good, detail) {
    console.log((good ? 'ok ' : 'not ok ') + name);
    if (!good) console.log('  ' + detail);
}

async function scan(input) {
    const items = new Map();
    let next;
    do {
        const page = await call(input.KeyConditionExpression ? 'Query' : 'Scan', { ...input, ExclusiveStartKey: next });
        for (const one of page.Items) items.set(one.id.S, one);
        next = page.LastEvaluatedKey;
    } while (next);
    return items;
}

const state = {};
let slowest = 0;
let server = await start();
await call('CreateTable', { TableName: 'things', BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }, { AttributeName: 'g', AttributeType: 'S' }, { AttributeName: 'n', AttributeType: 'N' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [{ IndexName: 'byGroup', Projection: { ProjectionType: 'ALL' },
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }, { AttributeName: 'n', KeyType: 'RANGE' }] }] });
try {
    await call('TransactWriteItems', { TransactItems: [{ Put: { TableName: 'things', Item: item('first', 0) } }] });
    acknowledged.set('first', 0);
} catch (error) {
    if (!/UnknownOperation/.test(error.message)) throw error;
    kinds = 3;
    console.log('skip transactions: the endpoint does not offer them');
}
const perRound = [];
for (let round = 1; round <= Number(rounds); round++) {
    state.over = false;
    const before = acknowledged.size;
    const writers = Array.from({ length: 8 }, () => writer(state));
    await wait(20 + ((round * 37) % 120)); // from the middle of the first writes to many groups
    // On a busy machine that may be too early for any: three rounds of four have some.
    for (const end = Date.now() + 10000; round % 4 && acknowledged.size === before && Date.now() < end;) await wait(2);
    state.over = true;
    server.kill('SIGKILL');
    await server.gone;
    await Promise.all(writers);
    perRound.push(acknowledged.size - before);
    const begun = Date.now();
    server = await start();
    slowest = Math.max(slowest, Date.now() - begun);
}
check('no write was refused', !state.refused, state.refused);
check(`writes were acknowledged before most of ${rounds} kills`, perRound.filter((n) => n > 0).length > rounds * 0.7, perRound.join(' '));
check('a killed server starts again within 5 s', slowest < 5000, slowest + ' ms');

const found = await scan({ TableName: 'things', ConsistentRead: true });
const lost = [...acknowledged].filter(([id]) => !found.has(id)).map(([id]) => id);
check(`every one of ${acknowledged.size} acknowledged items is found again`, lost.length === 0 && acknowledged.size > Math.min(500, rounds * 5),
    `${lost.length} lost of ${acknowledged.size}: ${lost.slice(0, 5)}`);
const wrong = [...found].filter(([id, one]) => one.text?.S !== padding + id ||
    one.n?.N !== String(acknowledged.get(id) ?? unsure.get(id)));
check('each item is whole', wrong.length === 0, JSON.stringify(wrong[0])?.slice(0, 300));
const halves = [...found.keys()].filter((id) => /t[12]$/.test(id) && !(found.has(id.slice(0, -1) + '1') && found.has(id.slice(0, -1) + '2')));
if (kinds > 3) check('no transaction is there by half', halves.length === 0 && pairs.size > 0, halves.slice(0, 5).join(' '));

const indexed = new Map();
for (let g = 0; g < 7; g++)
    for (const [id, one] of await scan({ TableName: 'things', IndexName: 'byGroup', KeyConditionExpression: 'g = :g', ExpressionAttributeValues: { ':g': { S: 'g' + g } } }))
        indexed.set(id, one);
check('table and index hold the same items', indexed.size === found.size && [...found.keys()].every((id) => indexed.has(id)),
    `${found.size} in the table, ${indexed.size} in the index`);
const description = (await call('DescribeTable', { TableName: 'things' })).Table;
check('the counted items are those that are there', description.ItemCount === found.size, `${description.ItemCount} counted, ${found.size} there`);
server.kill('SIGTERM');
await server.gone;
process.exit(0);
