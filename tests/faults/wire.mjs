// Answers byte by byte, for what a proper HTTP server would not send: wire(kind) gives a function from a socket that
// has sent a request to what is written. The body is that of a GetItem.
import { gzipSync } from 'node:zlib';

const body = '{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}';
const crc = '1034605380'; // CRC-32 of body
const type = 'Content-Type: application/x-amz-json-1.0\r\n';
const head = (lines, status = '200 OK', version = '1.1') => `HTTP/${version} ${status}\r\n${type}${lines.map((one) => one + '\r\n').join('')}\r\n`;
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const whole = head([`Content-Length: ${body.length}`]) + body;
const page = '<html><head><title>Service Unavailable</title></head><body><h1>503</h1></body></html>';

// text, then what becomes of the connection: kept open (the default), closed, or flooded
const kinds = {
    whole: () => [whole],
    'length-short': () => [head([`Content-Length: ${body.length - 10}`]) + body],
    'length-long': () => [head([`Content-Length: ${body.length + 10}`]) + body, 'end'],
    'length-long-open': () => [head([`Content-Length: ${body.length + 10}`]) + body],
    'length-negative': () => [head(['Content-Length: -5']) + body, 'end'],
    'length-huge': () => [head(['Content-Length: 99999999999999999999999999']) + body, 'end'],
    'length-twice': () => [head([`Content-Length: ${body.length}`, 'Content-Length: 3']) + body, 'end'],
    'length-and-chunks': () => [head(['Content-Length: 3', 'Transfer-Encoding: chunked']) + chunk(body) + '0\r\n\r\n', 'end'],
    'old-closed': () => [head([], '200 OK', '1.0') + body, 'end'],
    'old-cut': () => [head([], '200 OK', '1.0') + body.slice(0, 20), 'end'],
    'closed': () => [head(['Connection: close']) + body, 'end'],
    'closed-reset': () => [head(['Connection: close']) + body.slice(0, 20), 'reset'],
    chunks: () => [head(['Transfer-Encoding: chunked']) + [...body].map(chunk).join('') + '0\r\nX-Trailer: 1\r\n\r\n'],
    'chunks-cut': () => [head(['Transfer-Encoding: chunked']) + chunk(body), 'end'],
    'chunks-bad': () => [head(['Transfer-Encoding: chunked']) + 'zz\r\n' + body, 'end'],
    'chunks-huge': () => [head(['Transfer-Encoding: chunked']) + 'ffffffffffffffff\r\n' + body, 'end'],
    crc: () => [head([`Content-Length: ${body.length}`, `x-amz-crc32: ${crc}`]) + body],
    'crc-wrong': () => [head([`Content-Length: ${body.length}`, 'x-amz-crc32: 12345']) + body],
    'crc-none': () => [head([`Content-Length: ${body.length}`, 'x-amz-crc32: many']) + body],
    gzip: () => packed(gzipSync(body)),
    'gzip-cut': () => packed(gzipSync(body).subarray(0, 30)),
    'gzip-false': () => packed(Buffer.from(body)),
    'html-200': () => [`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`],
    'html-503': () => [`HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nRetry-After: 0\r\nContent-Length: ${page.length}\r\n\r\n${page}`],
    'empty-500': () => ['HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'],
    'no-reason': () => [`HTTP/1.1 200\r\nContent-Length: ${body.length}\r\n\r\n${body}`],
    'status-odd': () => [head(['Content-Length: 0'], '799 Odd')],
    'status-none': () => [`HTTP/1.1 abc\r\n\r\n`, 'end'],
    'no-content': () => ['HTTP/1.1 204 No Content\r\n\r\n'],
    'head-huge': () => [head([`X-Long: ${'h'.repeat(400000)}`, `Content-Length: ${body.length}`]) + body],
    'head-many': () => [head([...Array(20000).keys()].map((i) => `X-H${i}: ${i}`).concat(`Content-Length: ${body.length}`)) + body],
    'head-endless': () => ['HTTP/1.1 200 OK\r\n', 'X-More: 0123456789abcdef\r\n'],
    'head-odd': () => [head(['no colon at all', ': empty name', 'X-Nul: a\0b', `Content-Length: ${body.length}`]) + body],
    'continue-endless': () => ['', 'HTTP/1.1 100 Continue\r\n\r\n'],
    'continue-once': () => ['HTTP/1.1 100 Continue\r\n\r\n' + whole],
    'upgrade': () => ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n' + whole, 'end'],
    'answer-twice': () => [whole + whole.replace('"N":"1"', '"N":"9"')],
    'escape-head': () => [head(['Content-Length: 0', 'x-amzn-RequestId: \x1b]0;owned\x07'], '400 \x1b[31mBad')],
};

function packed(bytes) {
    return [Buffer.concat([Buffer.from(head([`Content-Length: ${bytes.length}`, 'Content-Encoding: gzip'])), bytes])];
}

export function wire(kind) {
    return (socket) => {
        const [text, then] = kinds[kind]();
        socket.write(text);
        if (then === 'end') socket.end();
        else if (then === 'reset') setTimeout(() => socket.resetAndDestroy(), 20);
        else if (then) {
            const more = () => {
                while (!socket.destroyed && socket.write(then.repeat(1000)));
                if (!socket.destroyed) socket.once('drain', more);
            };
            more();
        }
    };
}
