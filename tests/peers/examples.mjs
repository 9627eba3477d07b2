// Runs each example against a server and compares the calls that reach it: node examples.mjs NAME ADDRESS.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { difference } from './difference.mjs';
import { examples, items, tables } from './examples_table.mjs';
import { call, canonical } from './oracle_server.mjs';
import { record } from './recorder.mjs';

const [name, address] = process.argv.slice(2);
const metered = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems',
    'TransactGetItems', 'ExecuteStatement']);
const folder = mkdtempSync(join(tmpdir(), 'examples-'));
const recorder = await record(address);

async function must(operation, body) {
    const answer = await call(address, operation, body);
    if (answer.status !== 200) throw new Error(`${operation}: ${answer.type} ${answer.message}`);
    return answer.body;
}

async function untilActive(table) {
    for (let tries = 0; tries < 500; tries++) {
        const { Table } = await must('DescribeTable', { TableName: table });
        if (Table.TableStatus === 'ACTIVE' && (Table.GlobalSecondaryIndexes ?? []).every((one) => one.IndexStatus === 'ACTIVE')) return;
    }
    throw new Error(`${table} does not become active`);
}

/** The items of every table as they were. */
async function restore() {
    for (const { TableName, KeySchema } of tables) {
        for (const item of (await must('Scan', { TableName })).Items)
            await must('DeleteItem', { TableName, Key: Object.fromEntries(KeySchema.map((key) => [key.AttributeName, item[key.AttributeName]])) });
        for (const item of items[TableName]) await must('PutItem', { TableName, Item: item });
    }
}

const isConditional = (body) => 'ConditionExpression' in body;

/** Takes what every call asks of its cost out of a body; a text says what is missing. */
function withoutCost(operation, body) {
    const rest = { ...body };
    if (metered.has(operation) && rest.ReturnConsumedCapacity !== 'TOTAL') return 'does not ask for its capacity';
    delete rest.ReturnConsumedCapacity;
    if (operation === 'TransactWriteItems') {
        rest.TransactItems = rest.TransactItems.map((action) => {
            const [[kind, one]] = Object.entries(action);
            return { [kind]: withoutCost(kind, one) };
        });
        return rest.TransactItems.find((one) => typeof Object.values(one)[0] === 'string') ? 'an action does not ask for the old image' : rest;
    }
    if (isConditional(rest) && rest.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return 'does not ask for the old image';
    delete rest.ReturnValuesOnConditionCheckFailure;
    return rest;
}

function compareOne([operation, body], actual) {
    if (operation !== actual.operation) return `${actual.operation}, not ${operation}`;
    const rest = withoutCost(operation, actual.body);
    if (typeof rest === 'string') return `${operation} ${rest}`;
    return difference(body, rest, operation);
}

const bySegment = (a, b) => (a.body.Segment ?? 0) - (b.body.Segment ?? 0);

function compareCalls(example, calls) {
    let left = calls.filter((one) => (example.only ? example.only.includes(one.operation) : example.metadata || one.operation !== 'DescribeTable'));
    if (left.length > 0 && left.every((one) => 'Segment' in one.body)) left.sort(bySegment);
    for (const expected of example.calls) {
        let at = 0, why = left.length > 0 ? compareOne(expected, left[0]) : `${expected[0]} is not sent`;
        if (why && expected[2] === 'some') return why;
        if (expected[2]) {
            while (left.length > 0 && !compareOne(expected, left[0])) left.shift();
            continue;
        }
        while (why && example.unordered && ++at < left.length) why = compareOne(expected, left[at]);
        if (why) return why;
        left.splice(at, 1);
    }
    return left.length > 0 ? `${left[0].operation} is sent too: ${JSON.stringify(left[0].body)}` : null;
}

async function run(statement, example) {
    const home = join(folder, 'home');
    mkdirSync(join(home, '.aws'), { recursive: true });
    writeFileSync(join(home, '.aws', 'config'), ['prod', 'here'].map((one) =>
        `[profile ${one}]\nregion = us-east-1\nendpoint_url = ${recorder.address}\n`).join(''));
    const environment = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C.UTF-8', TZ: 'UTC', AWS_ACCESS_KEY_ID: 'AKIDPEER', AWS_SECRET_ACCESS_KEY: 'peersecret',
        AWS_EC2_METADATA_DISABLED: 'true', XDG_RUNTIME_DIR: home };
    const connection = example.profiles ? ['--profile', 'prod'] : ['--endpoint-url', recorder.address, '--region', 'us-east-1'];
    const program = spawn(process.env.GATEHOUSE, [...connection, '--yes', ...(example.args ?? []), '-c', statement],
        { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30000 });
    let out = '', err = '';
    program.stdout.on('data', (part) => { out += part; });
    program.stderr.on('data', (part) => { err += part; });
    const code = await new Promise((resolve) => program.on('close', resolve));
    return { out, err, code };
}

/** What differs from the example, or null. */
async function judge(example) {
    if (example.before) await run(example.before, example);
    if (example.during) await must(...example.during);
    recorder.take();
    const { out, err, code } = await run(example.is, example);
    const calls = recorder.take();
    if (example.after) await run(example.after, example);
    if (code !== (example.exit ?? 0)) return `exit ${code}, not ${example.exit ?? 0}: ${err}`;
    if (example.rows !== undefined && out.split('\n').length - 1 !== example.rows) return `prints ${out.split('\n').length - 1} rows, not ${example.rows}`;
    if (example.out && !example.out.test(out)) return `prints no ${example.out}: ${out}`;
    if (example.err && !example.err.test(err)) return `says no ${example.err}: ${err}`;
    if (example.file && !example.file[1].test(readFileSync(join(folder, example.file[0]), 'utf8'))) return `${example.file[0]} is not like ${example.file[1]}`;
    return compareCalls(example, calls);
}

try {
    for (const table of tables) {
        await must('CreateTable', table);
        await untilActive(table.TableName);
    }
    await restore();
    for (const example of examples) {
        if (example.alone && name === 'dynalite') continue;
        const why = await judge(example);
        console.log(why ? `not ok example ${example.n} on ${name}: ${example.is}\n  ${why}` : `ok example ${example.n} on ${name}`);
        if (example.writes) await restore();
    }
} finally {
    recorder.close();
    rmSync(folder, { recursive: true });
}
process.exit(0);
