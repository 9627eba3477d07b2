// What dynalite dies of, hangs on or answers wrongly, asked of our endpoint alone: table, then what it answers.
import assert from 'node:assert/strict';
import { call, text } from './oracle_server.mjs';

const endpoint = process.argv[2];
const N = (number) => ({ N: String(number) }), S = (string) => ({ S: string });
const nested = (depth) => '('.repeat(depth) + 'a = :v' + ')'.repeat(depth);
const deep = (depth) => { let json = '{"S":"x"}'; for (let i = 0; i < depth; i++) json = `{"L":[${json}]}`; return json; };

const item = { id: S('one'), a: N(1), blank: S(''), umlaut: S('éß'), music: S('𝄞'), off: { BOOL: false }, items1: { L: [N(1), S('x')] }, doc: { M: { k: N(2), l: { L: [] } } },
    again: { L: [N(1), S('x')] }, big: N('12345678901234567890123456789012345678'), top: N('9.9999999999999999999999999999999999999E+125'), strings: { SS: ['b', 'a'] } };

/** Filters that find the one item, and those that do not. */
const found = ['a IN (:v, nothing)', 'items1 = again', 'items1 = :list', 'doc = :map', 'off IN (:no)', 'attribute_type(off, :BOOL)', 'attribute_type(blank, :S)', 'size(blank) = :zero', 'size(umlaut) = :four', 'size(music) = :four',
    'nothing <> a', 'a <> nothing', 'nothing <> nothing2', 'size(nothing) <> :v', 'NOT size(a) <> :v', 'NOT nothing = nothing2', 'strings = :strings', 'contains(items1, :v)', 'doc.k > a', 'off <> :v',
    'begins_with(umlaut, :e)', 'items1[0] = a AND NOT items1[1] = a', 'blank < umlaut', 'blank BETWEEN :empty AND :empty'];
const lost = ['a IN (nothing, nothing2)', 'nothing = nothing2', 'nothing < nothing2', 'nothing BETWEEN a AND doc.k', 'a BETWEEN nothing AND doc.k', 'size(a) <> :four', 'size(off) = :zero', 'a < doc', 'a > umlaut',
    'contains(nothing, a)', 'begins_with(nothing, umlaut)', 'attribute_type(nothing, :BOOL)', 'items1 <> again', 'off = :v', 'size(nothing) = size(nothing2)'];
const values = { ':v': N(1), ':zero': N(0), ':four': N(4), ':list': { L: [N('1.0'), S('x')] }, ':map': { M: { l: { L: [] }, k: N(2) } }, ':no': { BOOL: false }, ':BOOL': S('BOOL'), ':S': S('S'),
    ':strings': { SS: ['a', 'b'] }, ':e': S('é'), ':empty': S('') };

/** Requests that are refused, and how. */
const X = 'Invalid FilterExpression: ';
const filter = (FilterExpression, more) => ['Scan', { TableName: 'alone', FilterExpression, ...(FilterExpression.includes(':v') ? { ExpressionAttributeValues: { ':v': N(1) } } : {}), ...more }];
const update = (UpdateExpression, ExpressionAttributeValues) => ['UpdateItem', { TableName: 'alone', Key: { id: S('one') }, UpdateExpression, ...(ExpressionAttributeValues ? { ExpressionAttributeValues } : {}) }];
const overflow = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
const refused = [
    [...filter('_a = :v'), `${X}Syntax error; token: "_", near: "_a"`],
    [...filter('a._b = :v'), `${X}Syntax error; token: "_", near: "._b"`],
    [...filter(': = a'), `${X}Syntax error; token: ":", near: ": ="`],
    [...filter('# = :v'), `${X}Syntax error; token: "#", near: "# ="`],
    [...filter(' '), `${X}The expression can not be empty;`],
    [...filter(nested(16)), `${X}The expression has redundant parentheses;`],
    [...filter(nested(1500)), `${X}The expression has redundant parentheses;`],
    [...filter('a BETWEEN a AND :v'), `${X}The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [a]`],
    [...filter('a IN (:v, a)'), `${X}The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [a]`],
    [...filter('a'.repeat(4093) + ' = :v'), `${X}Expression size has exceeded the maximum allowed size; expression size: 4098`],
    [...filter(Array(152).fill('a=:v').join(' AND ')), `${X}The expression contains too many operators; operator count: 301`],
    [...filter('a[2147483648] = :v'), `${X}List index is not within the allowable range; index: [2147483648]`],
    [...update('SET big = big + :v', { ':v': { N: '0.5' } }), overflow],
    [...update('SET top = top + top'), overflow],
    [...update('ADD top :v', { ':v': N('9e125') }), overflow],
    [...update('SET a = ((:v))', { ':v': N(1) }), '1 validation error detected: Invalid UpdateExpression: The expression has redundant parentheses;'],
    ['PutItem', { TableName: 'alone', Item: { id: S('x'), n: N('1e126') } }, `1 validation error detected: ${overflow}`],
    ['Scan', { TableName: 'alone', Segment: 0 }, 'The TotalSegments parameter is required but was not present in the request when Segment parameter is present'],
    ['Scan', { TableName: 'alone', Segment: 1000000, TotalSegments: 1000001 }, "2 validation errors detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must have value less than or equal to 1000000; Value '1000000' at 'segment' failed to satisfy constraint: Member must have value less than or equal to 999999"],
];

let failed = 0;
async function test(name, body) {
    try {
        await body();
        console.log(`ok ${name}`);
    } catch (error) {
        failed++;
        console.log(`not ok ${name}\n${String(error.stack).split('\n').slice(0, 12).map((line) => `  ${line}`).join('\n')}`);
    }
}

await call(endpoint, 'CreateTable', { TableName: 'alone', BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] });
await call(endpoint, 'PutItem', { TableName: 'alone', Item: item });

await test('conditions hold where the contract says so', async () => {
    for (const [list, count] of [[found, 1], [lost, 0]])
        for (const FilterExpression of list) {
            const used = Object.fromEntries(Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(FilterExpression)));
            const answer = await call(endpoint, 'Scan', { TableName: 'alone', FilterExpression, ...(Object.keys(used).length ? { ExpressionAttributeValues: used } : {}) });
            assert.equal(answer.body.Count, count, `${FilterExpression}: ${text(answer.body)}`);
        }
});
await test('what is wrong is told in the sentences of the contract', async () => {
    for (const [operation, body, message] of refused) assert.equal((await call(endpoint, operation, body)).message, message, text(body).slice(0, 300));
});
await test('indexes removed together are those of the old list', async () => {
    await call(endpoint, ...update('SET l = :l', { ':l': { L: ['a', 'b', 'c', 'd'].map(S) } }));
    await call(endpoint, ...update('REMOVE l[0], l[2]'));
    assert.equal(text((await call(endpoint, 'GetItem', { TableName: 'alone', Key: { id: S('one') }, ProjectionExpression: 'l' })).body), '{"Item":{"l":{"L":[{"S":"b"},{"S":"d"}]}}}');
});
await test('sums in parentheses are nested', async () => {
    const answer = await call(endpoint, 'UpdateItem', { ...update('SET n = :v - (:v - (:w + :v))', { ':v': N(1), ':w': N(2) })[1], ReturnValues: 'UPDATED_NEW' });
    assert.equal(text(answer.body), '{"Attributes":{"n":{"N":"3"}}}');
});
await test('no body is too odd or too deep for an answer within a second', async () => {
    const before = Date.now();
    for (const body of ['null', '', '[]', '0', '"x"', '{', '{"TableName":"alone","Key":null}', '[['.repeat(500), `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`])
        for (const operation of ['GetItem', 'PutItem', 'Query', 'BatchWriteItem', 'CreateTable']) assert.equal((await call(endpoint, operation, null, body)).status, 400, body.slice(0, 40));
    const put = (depth) => call(endpoint, 'PutItem', null, `{"TableName":"alone","Item":{"id":{"S":"deep"},"a":${deep(depth)}}}`);
    assert.equal((await put(31)).status, 200);
    for (const depth of [32, 400]) assert.equal((await put(depth)).message,
        '1 validation error detected: Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit');
    assert.equal((await put(2000)).type, 'SerializationException');
    assert.ok(Date.now() - before < 5000);
});
process.exit(failed ? 1 : 0);
