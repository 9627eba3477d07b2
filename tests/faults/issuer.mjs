// Gives out keys as STS, single sign-on, the agent of a container and an instance do, and is a table
// that takes them: node issuer.mjs CONTROL. Prints its address; each request is a line in $REQUESTS.
// CONTROL is a JSON file, read at each request:
//   lifetime   seconds that a session lasts (3600)         pages   of a Scan (1)
//   revoke     access keys that are expired now             skew    seconds that this clock is ahead
//   together   so many requests with an expired token are answered at once
//   hold       the page of a Scan that waits until this is gone
//   sts, oidc, portal, container, metadata: how that service fails: html cut number empty 500 denied
//   slow huge drop, or { "fail": "500", "times": 1 }
import { createHash, createHmac } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import http from 'node:http';

const controlFile = process.argv[2];
const known = new Map([['AKIDBASE', { secret: 'base-secret', token: undefined, end: Infinity }]]);
const failures = new Map();
const together = { waiting: [], isDone: false };
let issued = 0;

const control = () => JSON.parse(readFileSync(controlFile, 'utf8') || '{}');
const note = (line) => appendFileSync(process.env.REQUESTS, line + '\n');
const now = () => Date.now() + 1000 * (control().skew ?? 0);
const iso = (time) => new Date(time).toISOString().replace(/\.\d+Z/, 'Z');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encode = (text) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

function send(response, status, body, type = 'application/json') {
    response.writeHead(status, { 'Content-Type': type, Date: new Date(now()).toUTCString() });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function issue(kind) {
    const number = ++issued;
    const session = {
        key: `ASIA${kind}${number}`,
        secret: `secret-of-${number}/+=&<>`,
        token: `token-of-${number}/+=&<>"'`,
        end: now() + 1000 * (control().lifetime ?? 3600),
    };
    known.set(session.key, session);
    return session;
}

// Signature Version 4 by the book; the name of what is wrong, or the access key.
function checkSignature(request, body, service) {
    const header = request.headers.authorization ?? '';
    const claim = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/.exec(header);
    if (!claim) return { fault: 'MissingAuthenticationToken' };
    const [, key, day, region, scope, names, signature] = claim;
    const owner = known.get(key);
    if (!owner) return { fault: 'InvalidClientTokenId' };
    if (scope !== service) return { fault: 'SignatureDoesNotMatch' };
    const date = request.headers['x-amz-date'] ?? '';
    const stamp = Date.parse(date.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'));
    if (!(Math.abs(stamp - now()) < 5 * 60 * 1000)) return { fault: 'RequestExpired' };
    const url = new URL(request.url, 'http://localhost');
    const query = [...url.searchParams].map(([n, v]) => `${encode(n)}=${encode(v)}`).sort().join('&');
    const headers = names.split(';').map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('');
    const canonical = [request.method, url.pathname, query, headers, names, createHash('sha256').update(body).digest('hex')].join('\n');
    const text = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${scope}/aws4_request`, createHash('sha256').update(canonical).digest('hex')].join('\n');
    const derived = ['AWS4' + owner.secret, day, region, scope, 'aws4_request'].reduce((secret, part) => hmac(secret, part));
    if (hmac(derived, text).toString('hex') !== signature) return { fault: 'SignatureDoesNotMatch' };
    if ((owner.token ?? '') !== (request.headers['x-amz-security-token'] ?? '')) return { fault: 'InvalidClientTokenId' };
    if (owner.end <= now() || (control().revoke ?? []).includes(key)) return { fault: 'ExpiredToken' };
    return { key, region };
}

// True when the service is told to fail and has done so.
function failed(service, response) {
    let how = control()[service];
    if (typeof how === 'object') {
        const count = (failures.get(service) ?? 0) + 1;
        failures.set(service, count);
        how = count <= how.times ? how.fail : undefined;
    }
    if (!how) return false;
    const bytes = 'x'.repeat(64 * 1024);
    const table = {
        html: () => send(response, 200, '<html><body>Please log in to the wireless network</body></html>', 'text/html'),
        cut: () => send(response, 200, '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIACUT</Acce{"AccessKeyId":"ASIACUT","roleCredentials":{'),
        number: () => send(response, 200, '17'),
        empty: () => send(response, 200, ''),
        500: () => send(response, 500, '<html>secret-in-the-page</html>', 'text/html'),
        denied: () => send(response, 403, { code: 'AccessDenied', message: 'not for you \u001b[31m' }),
        unauthorized: () => send(response, 401, { __type: 'UnauthorizedException', message: 'Session token not found or invalid' }),
        missing: () => send(response, 404, 'Not Found', 'text/plain'),
        drop: () => response.socket.destroy(),
        slow: () => {},
        huge() {
            const more = () => {
                while (!response.destroyed && response.write(bytes));
                if (!response.destroyed) response.once('drain', more);
            };
            response.writeHead(200);
            more();
        },
    };
    table[how]();
    return true;
}

const escapeXml = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`.replace('&#38;', '&amp;').replace('&#60;', '&lt;'));
function stsFault(response, code, status = 403) {
    send(response, status, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no ${code}</Message></Error></ErrorResponse>`, 'text/xml');
}

function sts(request, response, body) {
    const form = new URLSearchParams(body);
    const action = form.get('Action');
    let by = 'nobody', region = '-';
    if (action !== 'AssumeRoleWithWebIdentity') {
        const claim = checkSignature(request, body, 'sts');
        if (claim.fault) {
            note(`sts ${action} refused ${claim.fault}`);
            return stsFault(response, claim.fault, claim.fault === 'ExpiredToken' ? 400 : 403);
        }
        by = claim.key;
        region = claim.region;
    } else if (request.headers.authorization || form.get('WebIdentityToken') !== 'web+token/of=pod') {
        return stsFault(response, 'InvalidIdentityToken', 400);
    }
    const rest = ['ExternalId', 'SerialNumber', 'TokenCode', 'DurationSeconds'].filter((name) => form.has(name)).map((name) => ` ${name}=${form.get(name)}`).join('');
    if (action === 'GetCallerIdentity') {
        note(`sts ${action} by ${by} in ${region}`);
        return send(response, 200, '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::111122223333:assumed-role/x</Arn><UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>', 'text/xml');
    }
    note(`sts ${action} ${form.get('RoleArn')} ${form.get('RoleSessionName').replace(/^gatehouse-\d+$/, 'gatehouse-N')}${rest} by ${by} in ${region}`);
    if (failed('sts', response)) return;
    if (form.has('SerialNumber') && form.get('TokenCode') !== '123456')
        return stsFault(response, 'AccessDenied');
    const session = issue('ROLE');
    send(response, 200, `<?xml version="1.0"?>
<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <${action}Result>
    <AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>${form.get('RoleArn')}</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${session.key}</AccessKeyId>
      <SecretAccessKey>${escapeXml(session.secret)}</SecretAccessKey>
      <SessionToken>${escapeXml(session.token)}</SessionToken>
      <Expiration>${iso(session.end)}</Expiration>
    </Credentials>
  </${action}Result>
  <ResponseMetadata><RequestId>R</RequestId></ResponseMetadata>
</${action}Response>`, 'text/xml');
}

function oidc(request, response, body) {
    const form = JSON.parse(body);
    note(`oidc ${request.method} ${request.url} ${form.grantType} ${form.clientId}`);
    if (failed('oidc', response)) return;
    if (form.refreshToken !== 'refresh-1' || form.clientSecret !== 'client-secret')
        return send(response, 400, { error: 'invalid_grant', __type: 'InvalidGrantException' });
    send(response, 200, { accessToken: 'sso-token-2', tokenType: 'Bearer', expiresIn: 28800, refreshToken: 'refresh-2' });
}

function portal(request, response) {
    const token = request.headers['x-amz-sso_bearer_token'];
    note(`portal ${request.url} ${token}`);
    if (failed('portal', response)) return;
    if (!['sso-token-1', 'sso-token-2'].includes(token))
        return send(response, 401, { __type: 'UnauthorizedException', message: 'Session token not found or invalid' });
    const session = issue('SSO');
    send(response, 200, { roleCredentials: { accessKeyId: session.key, secretAccessKey: session.secret, sessionToken: session.token, expiration: session.end } });
}

function keysOf(session) {
    return { Code: 'Success', AccessKeyId: session.key, SecretAccessKey: session.secret, Token: session.token, Expiration: iso(session.end) };
}

function container(request, response) {
    note(`container ${request.url} ${request.headers.authorization ?? '-'}`);
    if (failed('container', response)) return;
    send(response, 200, keysOf(issue('BOX')));
}

function metadata(request, response) {
    const token = request.headers['x-aws-ec2-metadata-token'];
    note(`metadata ${request.method} ${request.url} ${request.headers['x-aws-ec2-metadata-token-ttl-seconds'] ?? token ?? '-'}`);
    if (failed('metadata', response)) return;
    if (request.method === 'PUT') return send(response, 200, 'metadata-token', 'text/plain');
    if (token !== 'metadata-token') return send(response, 401, '', 'text/plain');
    if (request.url.endsWith('/security-credentials/')) return send(response, 200, 'web-role\n', 'text/plain');
    send(response, 200, keysOf(issue('EC2')));
}

const faultTable = { ExpiredToken: 'ExpiredTokenException', InvalidClientTokenId: 'UnrecognizedClientException', SignatureDoesNotMatch: 'InvalidSignatureException', RequestExpired: 'InvalidSignatureException' };
function table(request, response, body) {
    const name = (request.headers['x-amz-target'] ?? '').split('.').pop();
    const claim = checkSignature(request, body, 'dynamodb');
    note(`table ${name} by ${claim.key ?? claim.fault}`);
    if (claim.fault === 'ExpiredToken' && control().together && !together.isDone) {
        together.waiting.push(() => send(response, 400, { __type: 'ExpiredTokenException', message: 'no' }));
        together.isDone = together.waiting.length === control().together;
        if (together.isDone) together.waiting.forEach((answer) => answer());
        return;
    }
    if (claim.fault)
        return send(response, 400, { __type: faultTable[claim.fault] ?? 'MissingAuthenticationTokenException', message: claim.fault === 'RequestExpired' ? 'Signature expired' : 'no' });
    const input = JSON.parse(body);
    if (name === 'ListTables') return send(response, 200, { TableNames: ['t'] });
    if (name === 'DescribeTable')
        return send(response, 200, {
            Table: {
                TableName: 't', TableArn: 'arn:aws:dynamodb:us-east-1:111122223333:table/t', TableStatus: 'ACTIVE',
                AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
                BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' }, ItemCount: 3, TableSizeBytes: 300,
            },
        });
    if (name === 'Scan') {
        const segment = input.Segment ?? 0;
        const page = Number(input.ExclusiveStartKey?.id.S.split('-')[1] ?? -1) + 1;
        const id = { id: { S: `${segment}-${page}` } };
        const answer = () => send(response, 200, { Items: [id], Count: 1, ScannedCount: 1, ...(page + 1 < (control().pages ?? 1) && { LastEvaluatedKey: id }) });
        const wait = () => (control().hold <= page ? setTimeout(wait, 20) : answer());
        return wait();
    }
    send(response, 200, {});
}

const roomTable = { '/sts': sts, '/oidc': oidc, '/portal': portal, '/container': container, '/latest': metadata, '/table': table };
const server = http.createServer({ keepAliveTimeout: 60000 }, (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
        const room = Object.keys(roomTable).find((prefix) => request.url.startsWith(prefix));
        if (!room) return send(response, 404, 'Not Found', 'text/plain');
        roomTable[room](request, response, Buffer.concat(parts).toString());
    });
});
server.on('clientError', (error, socket) => socket.destroy());
server.listen({ host: '127.0.0.1', port: 0 }, () => console.log(`http://127.0.0.1:${server.address().port}`));
