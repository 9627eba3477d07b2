// Raw requests with a signature of the right shape, and answers in one canonical form.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

/** Sends one request; {status, type, message, body}. body is parsed JSON, or the text when it is none. */
export function call(endpoint, operation, body, text) {
    const data = Buffer.from(text ?? JSON.stringify(body));
    return new Promise((resolve, reject) => {
        const request = http.request(endpoint, { agent, method: 'POST', timeout: 20000, headers: {
            'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `DynamoDB_20120810.${operation}`, 'X-Amz-Date': '20260101T000000Z',
            'Content-Length': data.length,
            Authorization: 'AWS4-HMAC-SHA256 Credential=AKIDPEER/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0' } },
        (response) => {
            const parts = [];
            response.on('data', (part) => parts.push(part));
            response.on('end', () => {
                const answer = Buffer.concat(parts).toString();
                let parsed = answer;
                try { parsed = JSON.parse(answer); } catch { /* stays text */ }
                const type = parsed?.__type?.replace(/.*#/, '');
                resolve({ status: response.statusCode, type, message: type && (parsed.message ?? parsed.Message ?? ''), body: parsed });
            });
        });
        request.on('timeout', () => request.destroy(new Error(`${operation} takes longer than 20 s: ${data.subarray(0, 2000)}`)));
        request.on('error', (error) => reject(new Error(`${error.message}: ${operation} ${data.subarray(0, 2000)}`)));
        request.end(data);
    });
}

const plain = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Members by name, sets in order: what the service leaves open is the same in both. */
export function canonical(value, name) {
    if (Array.isArray(value)) {
        const list = value.map((one) => canonical(one));
        if (name === 'NS' || name === 'SS' || name === 'BS') list.sort();
        return list;
    }
    if (!plain(value)) return value;
    return Object.fromEntries(Object.keys(value).sort().map((member) => [member, canonical(value[member], member)]));
}

export const text = (value) => JSON.stringify(canonical(value));

/** The same list in no order. */
export const unordered = (list) => list?.map(text).sort();
