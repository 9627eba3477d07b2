// Every statement that prints rows, in every format: node formats.mjs GATEHOUSE. Each format is read by itself; all of a
// statement must hold the same rows and columns.
import { spawnSync } from 'node:child_process';

const [program] = process.argv.slice(2);
const formats = ['jsonl', 'json', 'ddbjson', 'csv', 'tsv', 'table', 'vertical', 'none'];
const statements = [
    'SHOW TABLES', 'SHOW INDEXES OF things', 'SHOW STREAMS', 'SHOW BACKUPS', 'SHOW EXPORTS', 'SHOW LIMITS', 'SHOW APIS', 'SHOW ROUTES OF shop',
    'SHOW STAGES OF shop', 'SHOW DEPLOYMENTS OF shop', 'SHOW METRICS OF shop/prod', 'SHOW LOGS OF shop/prod', 'SHOW PROFILES', 'SHOW IDENTITY',
    'SHOW SETTINGS', 'SHOW SAVED', 'SCAN things', "SELECT n, m.k FROM things WHERE id IN ('a', 'b', 'none')", "QUERY things.byNumber WHERE n = 2",
    "GET things 'a'", 'COUNT things ALLOW SCAN', 'STATS things', 'TAIL things FROM START LIMIT 2', `PARTIQL 'SELECT * FROM "things"'`,
    "PUT things {id: 'p', n: 3} RETURN OLD", "UPDATE things 'a' SET x = 'y' RETURN NEW", "DELETE FROM things 'p' RETURN OLD",
    "UPDATE MANY things SET x = 'y' WHERE n = 1 ALLOW SCAN", "DELETE MANY FROM things WHERE n = 77 ALLOW SCAN", 'DIFF things WITH others',
    "INVOKE 'GET /pets' OF shop/prod", 'ANALYZE SCAN things', 'TRUNCATE empty', 'SCAN things LIMIT 1; NEXT', 'SCAN things WHERE n = 99',
];
// What the first statement of the pair needs, for the second to print the same each time.
const before = { "DELETE FROM things 'p' RETURN OLD": "PUT things {id: 'p', n: 3}; ", "PUT things {id: 'p', n: 3} RETURN OLD": "PUT things {id: 'p', n: 3}; " };

const json = (text) => JSON.parse(text);
const lines = (text) => text.split('\n').slice(0, -1);
const columnsOf = (rows) => [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
const plainType = (value) => Object.keys(value).length === 1 && /^(S|N|B|BOOL|NULL|L|M|SS|NS|BS)$/.test(Object.keys(value)[0]);

// RFC 4180, LF
function readCsv(text) {
    const rows = [];
    let row = [], cell = '', quoted = false;
    for (let i = 0; i < text.length; i++) {
        const c = text[i];
        if (quoted) {
            if (c === '"' && text[i + 1] === '"') cell += text[i++];
            else if (c === '"') quoted = false;
            else cell += c;
        } else if (c === '"') quoted = true;
        else if (c === ',') row.push(cell), (cell = '');
        else if (c === '\n') row.push(cell), rows.push(row), (row = []), (cell = '');
        else cell += c;
    }
    if (quoted || cell || row.length) throw new Error('unfinished csv');
    return rows;
}

// How many rows, and which columns when the format can tell.
const readers = {
    jsonl: (text) => lines(text).map(json),
    json: (text) => text.split(/(?<=^\]\n)/m).flatMap(json),
    ddbjson: (text) => lines(text).map((line) => {
        const one = json(line), item = Object.keys(one).length === 1 && one.Item && !plainType(one.Item) ? one.Item : one;
        for (const [name, value] of Object.entries(item)) if (!plainType(value)) throw new Error(`${name} has no type`);
        return item;
    }),
    csv: (text) => delimited(readCsv(text)),
    tsv: (text) => delimited(lines(text).map((line) => line.split('\t'))),
    vertical: (text) => (text.match(/^-\[ \d+ \]-$/gm) ?? []).map(() => null),
};
function delimited(rows) {
    let head = null;
    const found = [];
    for (const row of rows) {
        if (!head || row.join() === head.join() || row.at(-1) === '_rest') head = row;
        else if (row.length !== head.length) throw new Error(`a row of ${row.length} cells under ${head.length}`);
        else found.push(null);
    }
    return found;
}
function readTable(text, rows) {
    const all = lines(text), rules = all.filter((line) => /^-+(  -+)*$/.test(line)).length;
    if (rows.length && !rules) throw new Error('no rule');
    return all.length - 2 * rules;
}

for (const statement of statements) {
    const problems = [];
    const script = formats.map((format) => `SET format ${format}; ${before[statement] ?? ''}${statement};\n\\echo ###\n`).join('');
    const run = spawnSync(program, ['-q', '--yes', '-c', script], { encoding: 'utf8', timeout: 30000 });
    if (run.status !== 0) problems.push(`exit ${run.status}: ${run.stderr}`);
    const parts = run.stdout.split('###\n');
    let rows = [];
    formats.forEach((format, i) => {
        try {
            const text = parts[i];
            if (format === 'jsonl') rows = readers.jsonl(text);
            else if (format === 'none') text && problems.push('none prints');
            else if (format === 'table' && statement.startsWith('INVOKE')) text === '{"pets":[]}\n' || problems.push(`INVOKE prints ${text}`);
            else {
                const found = format === 'table' ? readTable(text, rows) : readers[format](text);
                const number = Array.isArray(found) ? found.length : found;
                if (number !== rows.length) problems.push(`${format} has ${number} rows, jsonl ${rows.length}`);
                if (Array.isArray(found) && found[0] && columnsOf(found).join() !== columnsOf(rows).join())
                    problems.push(`${format} has columns ${columnsOf(found)}, jsonl ${columnsOf(rows)}`);
            }
        } catch (error) {
            problems.push(`${format}: ${error.message}`);
        }
    });
    if (statement.startsWith('SCAN things WHERE') === rows.length > 0 && !/BACKUPS|EXPORTS|SAVED|PUT|77/.test(statement)) problems.push(`${rows.length} rows`);
    console.log(`${problems.length ? 'not ok' : 'ok'} every format prints the rows of ${statement}`);
    for (const one of problems) console.log(`    ${one}`);
}
