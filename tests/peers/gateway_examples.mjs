// Runs the worked examples of gateways against an endpoint and compares what changes something there, call by call, and
// which reads come before: node gateway_examples.mjs ADDRESS.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { difference } from './difference.mjs';
import { record } from './recorder.mjs';

const [address] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'gateway-examples-'));
const recorder = await record(address);

/** Identifiers differ from run to run. */
const plain = (operation) => operation.replace(/\?.*/, '').replace(/\/(restapis|apis|resources|integrations|routes|deployments)\/[a-z0-9]+/g, '/$1/ID');

const api = '/restapis/ID', web = '/v2/apis/ID';
const both = ['GET /restapis', 'GET /v2/apis'];
const tree = [...both, `GET ${api}/resources`];
const lists = [...both, `GET ${web}/integrations`, `GET ${web}/routes`];
const method = `${api}/resources/ID/methods/GET`;
const part = (pathPart) => [`POST ${api}/resources/ID`, { pathPart }];
const answer = (status, body) => [[`PUT ${method}/responses/${status}`, {}], [`PUT ${method}/integration/responses/${status}`, body]];
const template = (text) => ({ responseTemplates: { 'application/json': text } });
const open = { authorizationType: 'NONE', apiKeyRequired: false };
const patch = (path, value) => ({ op: 'replace', path, value });

/** reads: before the first of the writes. What is read again behind them, for the undo log, is not compared. */
const examples = [
    { n: 'APIs', is: 'CREATE TABLE IF NOT EXISTS orders (cust STRING HASH, ts NUMBER RANGE); CREATE API shop REST; CREATE API web HTTP' },
    { n: 1, is: "SHOW APIS LIKE 'shop%'; USE API shop STAGE prod", reads: both, out: /^{"name":"shop",[^\n]*}\n$/ },
    { n: 2, is: 'SHOW ROUTES OF web', reads: lists },
    { n: 10, is: "CREATE ROUTE 'GET /pets/{id}' OF shop -> URL 'https://pets.internal/v1/{id}' TIMEOUT 3s AUTH IAM", reads: tree, writes: [
        part('pets'), part('{id}'),
        [`PUT ${method}`, { authorizationType: 'AWS_IAM', apiKeyRequired: false, requestParameters: { 'method.request.path.id': true } }],
        [`PUT ${method}/integration`, { type: 'HTTP_PROXY', httpMethod: 'GET', uri: 'https://pets.internal/v1/{id}', timeoutInMillis: 3000,
            requestParameters: { 'integration.request.path.id': 'method.request.path.id' } }]] },
    { n: 11, is: "CREATE ROUTE 'GET /pets/{id}' OF web -> URL 'https://pets.internal/v1/{id}' TIMEOUT 3s", reads: [...lists, `GET ${web}/stages`], writes: [
        [`POST ${web}/integrations`, { integrationType: 'HTTP_PROXY', integrationMethod: 'GET', integrationUri: 'https://pets.internal/v1/{id}',
            payloadFormatVersion: '1.0', timeoutInMillis: 3000 }],
        [`POST ${web}/routes`, { routeKey: 'GET /pets/{id}', target: /^integrations\/[a-z0-9]+$/, authorizationType: 'NONE' }]] },
    { n: 12, is: 'CREATE ROUTE \'GET /health\' OF shop -> MOCK 200 {"ok": true}', reads: tree, writes: [
        part('health'), [`PUT ${method}`, open],
        [`PUT ${method}/integration`, { type: 'MOCK', requestTemplates: template('{"statusCode": 200}').responseTemplates }],
        ...answer(200, template('{"ok":true}'))] },
    { n: 14, is: "CREATE ROUTE 'GET /orders/{cust}/{ts}' OF shop -> TABLE (GET orders :path.cust, :path.ts ONLY total, st) CREDENTIALS 'arn:aws:iam::1:role/gw'",
        reads: [...tree, 'DescribeTable'], writes: [
            part('orders'), part('{cust}'), part('{ts}'),
            [`PUT ${method}`, { ...open, requestParameters: { 'method.request.path.cust': true, 'method.request.path.ts': true } }],
            [`PUT ${method}/integration`, { type: 'AWS', httpMethod: 'POST', uri: 'arn:aws:apigateway:us-east-1:dynamodb:action/GetItem',
                passthroughBehavior: 'NEVER', credentials: 'arn:aws:iam::1:role/gw',
                requestTemplates: { 'application/json': /^{"TableName":"orders","Key":{"cust":{"S":".*path\.cust.*"},"ts":{"N":".*path\.ts.*"}},"ProjectionExpression":/ } }],
            ...answer(200, template(/\$context\.responseOverride\.status = 404.*\$input\.json\('\$'\)$/)),
            ...answer(400, { selectionPattern: '4\\d{2}' }), ...answer(500, { selectionPattern: '5\\d{2}' })] },
    { n: 19, is: "ALTER ROUTE 'GET /pets/{id}' OF shop TIMEOUT 5s KEY REQUIRED", reads: tree, writes: [
        [`PATCH ${method}/integration`, { patchOperations: [patch('/timeoutInMillis', '5000')] }],
        [`PATCH ${method}`, { patchOperations: [patch('/apiKeyRequired', 'true')] }]] },
    { n: 28, is: "DEPLOY shop TO prod COMMENT 'pets v2'", reads: [...both, `GET ${api}/stages`],
        writes: [[`POST ${api}/deployments`, { stageName: 'prod', description: 'pets v2' }]] },
    { n: '20, the rate', is: "ALTER ROUTE 'GET /pets/{id}' OF shop/prod THROTTLE 200 BURST 400", reads: [...tree, `GET ${api}/stages`], writes: [
        [`PATCH ${api}/stages/prod`, { patchOperations: [patch('/~1pets~1{id}/GET/throttling/rateLimit', '200'),
            patch('/~1pets~1{id}/GET/throttling/burstLimit', '400')] }]] },
    { n: '21, its stage', is: 'DEPLOY web TO prod', reads: [...both, `GET ${web}/stages`],
        writes: [[`POST ${web}/stages`, { stageName: 'prod' }], [`POST ${web}/deployments`, { stageName: 'prod' }]] },
    { n: 21, is: "ALTER ROUTE 'GET /pets/{id}' OF web STAGE prod THROTTLE 200 BURST 400", reads: [...lists, `GET ${web}/stages`], writes: [
        [`PATCH ${web}/stages/prod`, { routeSettings: { 'GET /pets/{id}': { throttlingRateLimit: 200, throttlingBurstLimit: 400 } } }]] },
    { n: 5, is: 'SHOW STAGES OF shop; SHOW DEPLOYMENTS OF shop', reads: [...both, `GET ${api}/stages`, `GET ${api}/deployments`],
        out: /^{"name":"prod",[^\n]*}\n{"id":"[a-z0-9]+",[^\n]*"stages":"prod","description":"pets v2"}\n$/ },
    { n: '41, of a route', is: 'SHOW METRICS OF shop/prod BY ROUTE SINCE 1h', reads: [...tree, 'GetMetricData'] },
    { n: 53, is: "STAGE DROP ROUTE 'GET /pets/{id}' OF shop; SHOW STAGED; APPLY STAGED DRY RUN; DISCARD STAGED", reads: tree,
        out: /"mark":"-"[^\n]*\n[^\n]*"result":"fits"}\n$/ },
    { n: 24, is: "DROP ROUTE 'GET /pets/{id}' OF shop", reads: tree,
        writes: [[`DELETE ${method}`, undefined], [`DELETE ${api}/resources/ID`, undefined]] },
];

async function run(statement) {
    const program = spawn(process.env.GATEHOUSE, ['--endpoint-url', recorder.address, '--region', 'us-east-1', '--yes', '-c', statement], {
        cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30000,
        env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8', TZ: 'UTC', AWS_ACCESS_KEY_ID: 'AKIDPEER', AWS_SECRET_ACCESS_KEY: 'peersecret',
            AWS_EC2_METADATA_DISABLED: 'true', XDG_RUNTIME_DIR: folder },
    });
    let out = '', err = '';
    program.stdout.on('data', (part) => { out += part; });
    program.stderr.on('data', (part) => { err += part; });
    const code = await new Promise((resolve) => program.on('close', resolve));
    return { out, err, code };
}

const isRead = (one) => /^(GET |Describe|GetMetricData)/.test(one.operation);

/** What differs from the example, or null. */
function compare(example, { out, err, code }, calls) {
    if (code !== 0) return `exit ${code}: ${err}`;
    if (example.out && !example.out.test(out)) return `prints no ${example.out}: ${out}`;
    if (!example.reads) return null; // what the others need
    const first = calls.findIndex((one) => !isRead(one));
    const reads = new Set(calls.slice(0, first < 0 ? calls.length : first).map((one) => one.operation));
    for (const one of example.reads) if (!reads.delete(one)) return `${one} is not sent before`;
    if (reads.size > 0) return `${[...reads].join(', ')} is sent before`;
    const writes = calls.filter((one) => !isRead(one)), wanted = example.writes ?? [];
    for (const [i, one] of writes.entries()) {
        if (!wanted[i]) return `${one.operation} is sent too`;
        if (one.operation !== wanted[i][0]) return `${one.operation}, not ${wanted[i][0]}`;
        const why = difference(wanted[i][1], one.body, one.operation);
        if (why) return why;
    }
    return writes.length < wanted.length ? `${wanted[writes.length][0]} is not sent` : null;
}

try {
    for (const example of examples) {
        recorder.take();
        const result = await run(example.is);
        const why = compare(example, result, recorder.take().map((one) => ({ ...one, operation: plain(one.operation) })));
        console.log(why ? `not ok gateway example ${example.n}: ${example.is}\n  ${why}` : `ok gateway example ${example.n}`);
    }
} finally {
    recorder.close();
    rmSync(folder, { recursive: true });
}
process.exit(0);
