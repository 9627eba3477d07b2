// Writes items of 10 KB until the disk is full: node full.mjs SOCKET FILE. Ids of acknowledged
// writes go to FILE; prints how many were refused in a row at the end, and as what.
import { appendFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';

// The endpoint reads signatures here, it does not check them.
const signed = { 'X-Amz-Date': '20260101T000000Z', Authorization: 'AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00' };
const [socketPath, file] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
const padding = 'p'.repeat(10000);
let next = 0, refused = 0, why = '';

function put(id) {
    const body = JSON.stringify({ TableName: 'things', Item: { id: { S: id }, x: { S: padding } } });
    return new Promise((resolve) => {
        const request = http.request({ socketPath, agent, method: 'POST', path: '/',
            headers: { ...signed, 'X-Amz-Target': 'DynamoDB_20120810.PutItem', 'Content-Type': 'application/x-amz-json-1.0' } });
        request.on('response', (response) => {
            let text = '';
            response.on('data', (part) => (text += part));
            response.on('end', () => resolve({ status: response.statusCode, text }));
        });
        request.on('error', (error) => resolve({ status: 0, text: String(error) }));
        request.setTimeout(10000, () => request.destroy(new Error('no answer in 10 s')));
        request.end(body);
    });
}

async function write() {
    while (refused < 20 && next < 20000) {
        const id = 'i' + next++;
        const { status, text } = await put(id);
        if (status === 200) {
            appendFileSync(file, id + '\n');
            refused = 0;
        } else {
            refused++;
            why = /InternalServerError/.test(text) ? 'InternalServerError' : `${status} ${text.slice(0, 200)}`;
        }
    }
}
writeFileSync(file, '');
await Promise.all([write(), write(), write(), write()]);
console.log(`${refused} ${why}`);
process.exit(0);
