// Differential test: one random history on our endpoint and on dynalite, every answer compared.
// usage: node oracle.mjs OURS THEIRS [SEED [OPERATIONS]]
import { randomOf, Requests, tables, createRequest } from './oracle_requests.mjs';
import { LegacyRequests } from './oracle_legacy.mjs';
import { spoil } from './oracle_faults.mjs';
import { adapt, adaptPage, used } from './oracle_rules.mjs';
import { call, canonical, text, unordered } from './oracle_server.mjs';

const [ours, theirs, seedText, countText] = process.argv.slice(2);
const seed = Number(seedText || 20120810), count = Number(countText || 5000);
const random = randomOf(seed), requests = new Requests(random), legacy = new LegacyRequests(random);
const most = Number(process.env.ORACLE_SHOW || 5);
let differences = 0;

const cut = (line) => line.replace(/x{100,}/g, 'x...').slice(0, Number(process.env.ORACLE_WIDTH || 2000));

function report(number, request, one, two, wanted) {
    if (++differences > most) return;
    console.log(`not ok operation ${number} of seed ${seed} answers alike`);
    console.log(`  ${request.operation} ${cut(JSON.stringify(request.body))}${request.fault ? ` (${request.fault})` : ''}`);
    console.log(`  ours:   ${cut(one)}\n  peer's: ${cut(two)}`);
    if (wanted !== two) console.log(`  wanted: ${cut(wanted)}`);
}

/** A listing, page by page and segment by segment, each server by its own keys, as one answer. */
async function pages(endpoint, operation, body, segments = 0) {
    const all = { Items: [], Count: 0, ScannedCount: 0 };
    let first, answers = 0;
    for (let Segment = 0; Segment < (segments || 1); Segment++) {
        let start;
        do {
            const answer = await call(endpoint, operation, { ...body, ...(segments ? { Segment, TotalSegments: segments } : {}), ...(start ? { ExclusiveStartKey: start } : {}) });
            if (endpoint === theirs) adaptPage(operation, body, answer);
            if (answer.status !== 200) return answer;
            first ??= answer;
            all.Items.push(...(answer.body.Items ?? []));
            all.Count += answer.body.Count;
            all.ScannedCount += answer.body.ScannedCount;
            start = answer.body.LastEvaluatedKey;
            if (++answers > 2000) throw new Error(`${operation} does not end: ${JSON.stringify(body)}`);
        } while (start);
    }
    if (!first.body.Items) delete all.Items;
    if (answers === 1 && first.body.ConsumedCapacity) all.ConsumedCapacity = first.body.ConsumedCapacity;
    return { status: 200, body: all };
}

/** Where keys of an index are equal, the order is open. */
const isOpen = ({ operation, body }) => operation === 'Scan' || (operation === 'Query' && body.IndexName);

async function answersTo(request) {
    const { operation, body, raw } = request;
    const both = (send) => Promise.all([send(ours), send(theirs)]);
    if (!raw && isOpen(request)) return both((endpoint) => pages(endpoint, operation, body, request.segments));
    const answers = await both((endpoint) => call(endpoint, operation, body, raw));
    if (operation === 'Query') adaptPage(operation, body, answers[1]);
    return answers;
}

/** What is left of an answer to compare. */
function essence(request, answer) {
    if (answer.status !== 200) {
        const { __type, message, Message, ...rest } = answer.body;
        return text({ status: answer.status, type: answer.type, message: answer.message?.replace(/(v20120810\.\w+@)[0-9a-f]+/g, '$1'), rest });
    }
    if ((request.fault === 'a start key' || request.fault === 'segments') && isOpen(request)) return 'some page'; // where it starts and ends is open
    const body = canonical(answer.body);
    if (isOpen(request)) body.Items &&= unordered(body.Items);
    for (const name of Object.keys(body.Responses ?? {})) body.Responses[name] = unordered(body.Responses[name]);
    if (Array.isArray(body.ConsumedCapacity)) body.ConsumedCapacity = unordered(body.ConsumedCapacity);
    return text({ status: 200, body });
}

/** What a write left behind may differ by the contract: the peer's item becomes ours. */
async function align({ table, body }) {
    const key = Object.fromEntries(Object.keys(table.types).map((name) => [name, (body.Key ?? body.Item)?.[name]]));
    const [one, two] = await Promise.all([ours, theirs].map((endpoint) => call(endpoint, 'GetItem', { TableName: table.name, Key: key })));
    if (one.status !== 200 || two.status !== 200 || text(one.body) === text(two.body)) return;
    if (one.body.Item) await call(theirs, 'PutItem', { TableName: table.name, Item: one.body.Item });
    else await call(theirs, 'DeleteItem', { TableName: table.name, Key: key });
}

/** An update without SET or ADD makes no item here (section 8.3) and a bare one there. */
const mayDiffer = ({ operation, body }, one, two) => one.status !== two.status ||
    (operation === 'UpdateItem' && one.status === 200 && !/\b(SET|ADD)\b/i.test(body.UpdateExpression ?? ''));

/** Both tables hold the same items; what differs is made the same again. */
async function settle(number, table) {
    const [one, two] = await Promise.all([ours, theirs].map((endpoint) => pages(endpoint, 'Scan', { TableName: table.name })));
    const wanted = unordered(one.body.Items), got = unordered(two.body.Items);
    if (text(wanted) === text(got)) return;
    report(number, { operation: 'Scan', body: { TableName: table.name } }, text(wanted.filter((item) => !got.includes(item))),
        text(got.filter((item) => !wanted.includes(item))), '');
    const keyOf = (item) => Object.fromEntries(Object.keys(table.types).map((name) => [name, item[name]]));
    for (const item of two.body.Items) if (!wanted.includes(text(item))) await call(theirs, 'DeleteItem', { TableName: table.name, Key: keyOf(item) });
    for (const item of one.body.Items) await call(theirs, 'PutItem', { TableName: table.name, Item: item });
}

for (const table of tables) {
    const made = await Promise.all([ours, theirs].map((endpoint) => call(endpoint, 'CreateTable', createRequest(table))));
    for (const answer of made) if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    for (;;) {
        const { body } = await call(theirs, 'DescribeTable', { TableName: table.name });
        if (body.Table.TableStatus === 'ACTIVE' && (body.Table.GlobalSecondaryIndexes ?? []).every((index) => index.IndexStatus === 'ACTIVE')) break;
    }
}
const statuses = new Map();
for (let number = 1; number <= count; number++) {
    let request = (random.chance(0.25) ? legacy : requests).next();
    if (random.chance(0.25)) request = spoil(random, requests, request);
    const [one, two] = await answersTo(request);
    const wanted = adapt(request, one, two);
    const [left, peer, right] = [one, two, wanted].map((answer) => essence(request, answer));
    const kind = one.status === 200 ? 'answers' : 'refusals';
    statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
    if (request.table && /^(Put|Update|Delete)Item$/.test(request.operation) && mayDiffer(request, one, two)) await align(request);
    if (one.status >= 500 || left !== right) report(number, request, left, peer, right);
    if (number % 500 === 0 || number === count) for (const table of tables) await settle(number, table);
}
if (process.env.ORACLE_RULES) for (const [name, times] of [...used].sort()) console.log(`  ${times} ${name}`);
console.log(`  seed ${seed}: ${statuses.get('answers') ?? 0} answers, ${statuses.get('refusals') ?? 0} refusals, ${[...used.values()].reduce((a, b) => a + b, 0)} differences by the rules`);
console.log(differences ? `  ${differences} differences` : `ok ${count} operations answer as dynalite's or as the contract says, in the wording of ${process.env.ORACLE_STYLE ?? '2026'}`);
process.exit(differences ? 1 : 0);
