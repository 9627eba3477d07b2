// Random statements for read-only mode: node statements.mjs FIRST LAST COUNT FOLDER [stay] writes that many to
// FOLDER/random.SEED.gh for each seed. Writes of every kind in many spellings, among reads; some are no statements at
// all. The same seed gives the same text; stay leaves out what opens other connections.
// node statements.mjs controls FOLDER: for each family of ways to write one that does when it is allowed, a line
// NAME|STATEMENT each, the statement in JSON. FOLDER also gets the scripts that the statements name.
import { writeFileSync } from 'node:fs';

const controls = process.argv[2] === 'controls';
const [first, last, count] = controls ? [] : process.argv.slice(2, 5).map(Number);
const folder = process.argv[controls ? 3 : 5];
const stay = process.argv.includes('stay');
let state;
function begin(seed) {
    state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
}
function draw(below) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(below));
}
const pick = (list) => list[draw(list.length)];

const table = () => pick(['things', 'orders', 'T', '`things`', '"things"', 'orders.byStatus', 'nosuch', stay ? 'things' : 'local:things']);
const key = () => pick(["'a'", "'c1', 17", "{id: 'a'}", "ddb{\"id\": {\"S\": \"a\"}}", "'x''y'", '"a"']);
const item = () => pick(["{id: 'a', n: 2}", "{cust: 'c1', ts: 17, v: [1, {k: <<1, 2>>}]}", "ddb{\"id\": {\"S\": \"z\"}}", "{id: uuid()}"]);
const where = () => pick(["id = 'a'", "cust = 'c1'", "cust = 'c1' AND ts = 17", "n > 1", "attribute_exists(id)"]);
const api = () => pick(['shop', 'web', '`shop`', 'nosuch']);
const route = () => pick(["'GET /pets'", "'POST /pets'", "'GET /new/{id}'", "'$default'", "'DELETE /pets'"]);
const stage = () => pick(['prod', 'dev', 'next']);
const target = () => pick(["URL 'http://127.0.0.1:9/x'", 'MOCK 200 {ok: true}', "TABLE (GET things :path.id)"]);

const writeTable = [
    () => `PUT ${table()} ${item()}`,
    () => `PUT ${table()} ${item()}, ${item()}`,
    () => `PUT ${table()} ${item()} IF attribute_not_exists(id) RETURN OLD`,
    () => `INSERT INTO ${table()} (id, n) VALUES ('q', 1), ('r', 2) ON CONFLICT REPLACE`,
    () => `INSERT INTO ${table()} VALUE ${item()}`,
    () => `UPDATE ${table()} ${key()} SET n = n + 1`,
    () => `UPDATE MANY ${table()} SET n = 9 WHERE ${where()} ALLOW SCAN MAX 100`,
    () => `UPSERT ${table()} ${key()} ADD n 1 REMOVE x`,
    () => `DELETE FROM ${table()} ${key()}`,
    () => `DELETE MANY FROM ${table()} WHERE ${where()} ALLOW SCAN MAX 10`,
    () => `DELETE MANY FROM ${table()} WHERE ${where()} ALLOW SCAN NOCHECK`,
    () => `TRUNCATE ${table()}`,
    () => `CREATE TABLE n${draw(9)} (id STRING HASH) ON DEMAND`,
    () => `DROP TABLE ${table()}`,
    () => `ALTER TABLE ${table()} SET PROVISIONED 1 RCU 1 WCU`,
    () => `ALTER TABLE ${table()} ADD INDEX byN (n NUMBER) ALL`,
    () => `BEGIN; PUT things ${item()}; DELETE FROM things 'b'; COMMIT`,
    () => `BEGIN WRITE; CHECK things 'a' IF n = 1; UPDATE things 'b' SET n = 1; COMMIT`,
    () => `COPY things TO orders`,
    () => `IMPORT '/nonexistent.jsonl' INTO things ON CONFLICT REPLACE`,
    () => `PARTIQL 'DELETE FROM "things" WHERE id = ?' 'a'`,
    () => `PARTIQL "INSERT INTO things VALUE {'id': 'p'}"`,
    () => `API dynamodb.PutItem {TableName: 'things', Item: {id: {S: 'a'}}}`,
    () => `API PutItem {TableName: 'things', Item: {id: {S: 'a'}}}`,
    () => `API dynamodb.DeleteTable {TableName: 'things'}`,
    () => `API dynamodb.TransactWriteItems {TransactItems: [{Delete: {TableName: 'things', Key: {id: {S: 'a'}}}}]}`,
    () => `API dynamodb.ExecuteStatement {Statement: 'DELETE FROM "things" WHERE id=1'}`,
    () => `API dynamodb.UpdateTimeToLive {TableName: 'things', TimeToLiveSpecification: {Enabled: true, AttributeName: 'x'}}`,
    () => `${pick(['RESUME JOB 1', 'CANCEL JOB 1'])}`,
    () => `UPDATE MANY things SET n = 1 WHERE id <> 'x' ALLOW SCAN RESUME`,
    () => `TRUNCATE things RESUME`,
    () => `API apigateway.DeleteRestApi {restApiId: 'x'}`,
    () => `API apigateway.CreateRestApi {name: 'evil'}`,
    () => `API apigatewayv2.CreateApi {name: 'evil', protocolType: 'HTTP'}`,
    () => `API logs.DeleteLogGroup {logGroupName: 'x'}`,
    () => `API cloudwatch.PutMetricData {Namespace: 'x'}`,
    () => `CREATE API evil${draw(9)} ${pick(['REST', 'HTTP'])}`,
    () => `DROP API ${api()}`,
    () => `CREATE ROUTE ${route()} OF ${api()} -> ${target()}`,
    () => `ALTER ROUTE ${route()} OF ${api()} -> ${target()} TIMEOUT 2s`,
    () => `ALTER ROUTE ${route()} OF ${api()} STAGE prod THROTTLE 1 BURST 1`,
    () => `DROP ROUTE ${route()} OF ${api()}`,
    () => `DEPLOY ${api()} TO ${stage()} FORCE`,
    () => `INVOKE 'POST /pets' OF ${api()}/prod BODY {x: 1}`,
    () => `INVOKE 'DELETE /pets' OF ${api()}/prod`,
    () => `INVOKE 'PUT /pets' OF web/dev REPEAT 3`,
];
// Ways to a write through something else: files, saved statements, staged changes, undo, models, prefixes.
const lines = (list) => list.join('\n') + '\n';
const files = {
    'put.gh': "PUT things {id: 'file'};",
    'nested.gh': lines([`\\i ${folder}/put.gh`]),
    'items.jsonl': '{"id":"imported"}\n',
    'branch.gh': lines(["\\if true", "PUT things {id: 'branch'};", '\\endif']),
};
for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text);
const wayTable = {
    '\\i': [`\\i ${folder}/put.gh\n`],
    '\\i in \\i': [`\\i ${folder}/nested.gh\n`],
    '\\if': ["\\if true\nPUT things {id: 'w'};\n\\endif\n", `\\i ${folder}/branch.gh\n`],
    'SAVE and RUN': ["PUT things {id: 'saved'}; SAVE QUERY wput; RUN wput", 'RUN evil', "RUN evil WITH x = 'y'"],
    '\\run': ["\\run evil\n"],
    'IMPORT': [`IMPORT '${folder}/items.jsonl' INTO things ON CONFLICT REPLACE`, `IMPORT '${folder}/items.jsonl' INTO things ON CONFLICT SKIP`],
    'COPY': ["COPY orders TO things ON CONFLICT REPLACE TRANSFORM SET id = cust"],
    'BACKUP': ["BACKUP things AS 'b'"],
    'RESTORE': ["BACKUP things AS 'r'; RESTORE TABLE restored FROM BACKUP 'r' NOWAIT"],
    'TRUNCATE': ['TRUNCATE orders'],
    'ANALYZE': ["ANALYZE PUT things {id: 'analyzed'}", "ANALYZE DELETE FROM things 'zz'"],
    'transaction': ["BEGIN; PUT things {id: 't'}; COMMIT", "BEGIN WRITE; UPDATE things 'b' SET n = 1; CHECK things 'a' IF attribute_exists(id); COMMIT"],
    'PARTIQL': [`PARTIQL "INSERT INTO things VALUE {'id': 'partiql'}"`, `PARTIQL 'SELECT * FROM things' CONSISTENT`],
    'API dynamodb': ["API dynamodb.PutItem {TableName: 'things', Item: {id: {S: 'api'}}}", "API dynamodb.BatchWriteItem {RequestItems: {things: [{DeleteRequest: {Key: {id: {S: 'q'}}}}]}}"],
    'API apigateway': ["API apigateway.CreateRestApi {name: 'evil'}"],
    'API apigatewayv2': ["API apigatewayv2.CreateApi {name: 'evil', protocolType: 'HTTP'}"],
    'CREATE': ['CREATE TABLE made (id STRING HASH) NOWAIT'],
    'ALTER': ["ALTER TABLE things SET TAGS {a: 'b'}"],
    'DROP': ['DROP TABLE IF EXISTS orders NOWAIT'],
    'routes': ["CREATE ROUTE 'GET /evil' OF shop -> MOCK 200", "ALTER ROUTE 'GET /pets' OF shop -> MOCK 204", "DROP ROUTE 'GET /pets' OF shop"],
    'DEPLOY': ['DEPLOY shop TO other'],
    'INVOKE': ["INVOKE 'POST /pets' OF shop/prod BODY {x: 1}"],
    'STAGE': ["STAGE PUT things {id: 'staged'}; APPLY STAGED", "SET stage on; UPDATE things 'a' SET n = 7; SET stage off; APPLY STAGED", 'APPLY STAGED ATOMIC', '\\commit\n'],
    'UNDO': ["UPDATE things 'a' SET n = 8; UNDO; APPLY STAGED", 'UNDO; APPLY STAGED', 'UNDO 2; APPLY STAGED', '\\undo\n\\commit\n'],
    'MODEL': ['MODEL FIX things; APPLY STAGED', 'MODEL SYNC shop', 'MODEL APPLY shop'],
    'EXPORT to a bucket': ["EXPORT things TO S3 'bucket/x'"],
};
const way = () => pick(wayTable[pick(Object.keys(wayTable))]);

const readTable = [
    () => `GET ${table()} ${key()}`,
    () => `SELECT * FROM ${table()} WHERE ${where()}`,
    () => `SCAN ${table()} LIMIT 2`,
    () => `COUNT ${table()} ALLOW SCAN`,
    () => `QUERY orders WHERE cust = 'c1'`,
    () => `SHOW TABLES`,
    () => `DESCRIBE ${table()}`,
    () => `SHOW ROUTES OF ${api()}`,
    () => `SHOW STAGES OF ${api()}`,
    () => `SHOW METRICS OF ${api()}/prod`,
    () => `SHOW LOGS OF ${api()}/prod SINCE 1m`,
    () => `INVOKE 'GET /pets' OF ${api()}/prod`,
    () => `NEXT`,
];
// Ways out of read-only mode, and things that are no statements.
const strangeTable = [
    () => `SET read-only off FOR 15m`,
    () => `SET read-only off`,
    () => `SET read-write on`,
    () => `SET yes on`,
    () => `SET confirm off`,
    () => (stay ? 'SHOW PROFILES' : 'USE PROFILE local'),
    () => (stay ? 'SHOW IDENTITY' : 'CONNECT local AS other'),
    () => `SET read-only off FOR 15m; PUT things {id: 'lifted'}`,
    () => `\\rw 15m\nPUT things {id: 'lifted'}`,
    () => `\\i /nonexistent/x.gh\n`,
    () => `\\rw 15m\n`,
    () => `\\rw\n`,
    () => `\\g |touch /nonexistent/x\n`,
    () => `UNDO`,
    () => `APPLY STAGED`,
    () => `COMMIT`,
    () => `RUN nothing`,
    () => String.fromCodePoint(...Array.from({ length: 1 + draw(20) }, () => 33 + draw(90))).replace(/['"`\\]/g, 'x').replace(/\/\*/g, 'xx'),
    () => `${pick(['PUT', 'DELETE', 'SELECT', 'CREATE'])} ${pick(['', 'FROM', 't', '{', '('])}`,
];

// The same statement in another spelling.
function respell(text) {
    switch (draw(8)) {
        case 0: return text.replace(/\b[A-Z]{3,}\b/g, (word) => word.toLowerCase());
        case 1: return text.replace(/ /g, () => pick([' ', '\n', '\t ', ' /* DROP */ ', ' -- x\n']));
        case 2: return `/* ${pick(['read', '/* nested */'])} */ ${text}`;
        case 3: return text.startsWith('\\') ? text : `WATCH EVERY 1ms TIMES 2 ${text}`;
        case 4: return text.startsWith('\\') ? text : `EXPLAIN ${text}`;
        case 5: return text.replace(/;/g, ';;');
        default: return text;
    }
}

if (controls) {
    for (const [name, [statement]] of Object.entries(wayTable)) console.log(`${name}|${JSON.stringify(statement)}`);
} else {
    for (let seed = first; seed <= last; seed++) {
        const text = [];
        begin(seed);
        for (let i = 0; i < count; i++) {
            const kind = draw(10);
            text.push(respell(kind < 4 ? pick(writeTable)() : kind < 7 ? way() : kind < 8 ? pick(readTable)() : pick(strangeTable)()) + ';');
        }
        writeFileSync(`${folder}/random.${seed}.gh`, lines(text));
    }
}
