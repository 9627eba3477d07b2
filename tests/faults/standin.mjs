// A server that lies, drips, resets and throttles: node standin.mjs MODE [ARGUMENT...].
// Prints its address; each request is a line "METHOD path target" in the file $REQUESTS.
import { appendFileSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import * as world from './world.mjs';
import { wire } from './wire.mjs';

const [mode, first, second, third] = process.argv.slice(2);
const table = {
    Table: {
        TableName: 't',
        TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t',
        TableStatus: 'ACTIVE',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        ItemCount: 3,
        TableSizeBytes: 300,
    },
};
const seen = new Map();

function note(line) {
    appendFileSync(process.env.REQUESTS, line + '\n');
}

function operation(request) {
    return (request.headers['x-amz-target'] ?? '').split('.').pop();
}

function send(response, status, body, headers = {}) {
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0', 'x-amzn-RequestId': 'REQ1', ...headers });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

function fail(response, status, code, message) {
    send(response, status, { __type: 'com.amazonaws.dynamodb.v20120810#' + code, message });
}

// What a well-behaved server says: one table, an item for every key.
function answerWell(name, body, response) {
    if (name === 'DescribeTable') return send(response, 200, table);
    if (name === 'ListTables') return send(response, 200, { TableNames: ['t'] });
    if (name === 'GetItem') return send(response, 200, { Item: { ...body.Key, n: { N: '1' } } });
    if (name === 'Scan' || name === 'Query')
        return send(response, 200, { Items: [{ id: { S: 'a' } }], Count: 1, ScannedCount: 1 });
    return send(response, 200, {});
}

const bytes = Buffer.alloc(64 * 1024, 'x');
const modeTable = {
    silent() {},
    reset: (request, response) => response.socket.resetAndDestroy(),
    vanish: (request, response) => response.socket.destroy(),
    html: (request, response) =>
        send(response, 200, '<html><body>Please log in to the wireless network</body></html>', { 'Content-Type': 'text/html' }),
    gateway: (request, response) => send(response, 502, '<html>Bad Gateway</html>', { 'Content-Type': 'text/html' }),
    half: (request, response) => send(response, 200, '{"Item":{"id":{"S":"a"'),
    number: (request, response) => send(response, 200, '{"Item":{"id":{"S":"a"},"n":{"N":"1e9999"}}}'),
    wrong: (request, response) => send(response, 200, '{"Item":["not","an","item"]}'),
    empty: (request, response) => send(response, 200, ''),
    list: (request, response) => send(response, 200, '[]'),
    deep: (request, response) => send(response, 200, '{"Item":{"id":' + '{"L":['.repeat(200000) + ']}'.repeat(200000) + '}}'),
    utf8: (request, response) => send(response, 200, Buffer.from('{"Item":{"id":{"S":"\xff\xfe"}}}', 'latin1')),
    cut(request, response) {
        response.writeHead(200, { 'Content-Length': 1000 });
        response.write('{"Item":');
        setTimeout(() => response.socket.destroy(), 20);
    },
    drip(request, response) {
        response.writeHead(200, { 'Content-Length': 100000 });
        const timer = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(timer));
    },
    huge(request, response) {
        response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
        const more = () => {
            while (!response.destroyed && response.write(bytes));
            if (!response.destroyed) response.once('drain', more);
        };
        response.write('{"Item":{"id":{"S":"');
        more();
    },
    // Compressed, 100 MB of blanks are a few hundred kilobytes.
    bomb(request, response) {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
        response.end(bomb);
    },
    throttle(request, response, name, body) {
        const count = (seen.get(name) ?? 0) + 1;
        seen.set(name, count);
        if (name !== 'DescribeTable' && (first === 'always' || count <= Number(first)))
            return fail(response, 400, 'ProvisionedThroughputExceededException', 'The level of configured throughput was exceeded');
        return answerWell(name, body, response);
    },
    failing(request, response, name, body) {
        const count = (seen.get(name) ?? 0) + 1;
        seen.set(name, count);
        if (name !== 'DescribeTable' && (first === 'always' || count <= Number(first)))
            return fail(response, 500, 'InternalServerError', 'We encountered an internal error');
        return answerWell(name, body, response);
    },
    // A write is read and acted upon, but its answer is lost.
    lost(request, response, name, body) {
        return name === first ? response.socket.destroy() : answerWell(name, body, response);
    },
    unprocessed(request, response, name, body) {
        if (name !== 'BatchWriteItem') return answerWell(name, body, response);
        return send(response, 200, { UnprocessedItems: body.RequestItems });
    },
    escape: (request, response) =>
        fail(response, 400, 'ValidationException', 'bad \x1b]0;owned\x07 \x1b[31mred \u202e reversed \u0000 nul'),
    redirect: (request, response) => send(response, 307, '', { Location: first }),
    well: (request, response, name, body) => answerWell(name, body, response),
    world(request, response, name, body) {
        const answer = world.answer(name, body, request);
        if (!answer) return;
        if (answer.reset) {
            response.writeHead(200, { 'Content-Length': 1000 });
            response.write('{"Items":[{"id"');
            return void setTimeout(() => response.socket.resetAndDestroy(), 10);
        }
        const reply = () => send(response, answer.status, answer.body);
        if (answer.delay) setTimeout(reply, answer.delay);
        else reply();
    },
};

let bomb;
if (mode === 'bomb') {
    const { gzipSync } = await import('node:zlib');
    bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, ' '));
}

function handle(request, response) {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
        note(`${request.method} ${request.url} ${request.headers['x-amz-target'] ?? ''}`);
        let body = {};
        try {
            body = JSON.parse(Buffer.concat(parts).toString() || '{}');
        } catch {}
        modeTable[mode](request, response, operation(request), body);
    });
}

// Passes everything on to the server at the socket first, and listens at the socket second. Of a request "METHOD path"
// that third (a regular expression) fits the answer is kept back, once it is there.
function pass(request, response) {
    const isHeld = third && new RegExp(third).test(`${request.method} ${request.url}`);
    note(`${request.method} ${request.url.split('?')[0]} ${request.headers['x-amz-target'] ?? ''}`);
    const onward = http.request(
        { socketPath: first, method: request.method, path: request.url, headers: request.headers },
        (answer) => {
            if (isHeld) return answer.resume().on('end', () => note('held'));
            response.writeHead(answer.statusCode, answer.headers);
            answer.pipe(response);
        },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => response.writableFinished || onward.destroy());
    request.pipe(onward);
}

function listen(server, address = { host: '127.0.0.1', port: 0 }, scheme = 'http') {
    server.on('clientError', (error, socket) => socket.destroy());
    server.listen(address, () =>
        console.log(address.path ?? `${scheme}://127.0.0.1:${server.address().port}`),
    );
}

if (mode === 'pass') listen(http.createServer(pass), { path: second });
else if (mode === 'garbage')
    listen(net.createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end('\x16\x03\x01 this is no HTTP\r\n\r\n'));
    }));
else if (mode === 'wire')
    // The path of a request names the kind: bytes that no HTTP library would send.
    listen(net.createServer((socket) => {
        let text = '';
        socket.on('error', () => {});
        socket.on('data', (part) => {
            text += part.toString('latin1');
            const end = text.indexOf('\r\n\r\n');
            if (end < 0 || text.length < end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)) return;
            const [, kind] = /^POST \/([^/ ]*)/.exec(text);
            note(`${kind} ${/x-amz-target: (\S+)/i.exec(text)?.[1]}`);
            text = '';
            wire(kind)(socket);
        });
    }));
else if (mode === 'tls') {
    const server = https.createServer(
        { key: readFileSync(first), cert: readFileSync(second) },
        (request, response) => answerWell(operation(request), {}, response),
    );
    listen(server, undefined, 'https');
} else listen(http.createServer({ keepAliveTimeout: 60000 }, handle));
