// Random requests for oracle.mjs: tables, keys, values, expressions, and one thing wrong now and then.

/** mulberry32: the same seed gives the same history everywhere. */
export function randomOf(seed) {
    let state = seed >>> 0;
    const next = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    const random = { next, below: (n) => Math.floor(next() * n), chance: (p) => next() < p };
    random.one = (list) => list[random.below(list.length)];
    random.some = (list, least, most) => {
        const rest = [...list], out = [];
        for (let n = least + random.below(most - least + 1); n > 0 && rest.length; n--) out.push(rest.splice(random.below(rest.length), 1)[0]);
        return out;
    };
    return random;
}

const base64 = (text) => Buffer.from(text, 'latin1').toString('base64');
const key = (hash, range) => [{ AttributeName: hash, KeyType: 'HASH' }, ...(range ? [{ AttributeName: range, KeyType: 'RANGE' }] : [])];
const index = (IndexName, hash, range, projection, names) => ({ IndexName, KeySchema: key(hash, range),
    Projection: { ProjectionType: projection, ...(names ? { NonKeyAttributes: names } : {}) } });
const define = (types) => Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));

/** name, hash and range attribute with types, indexes as {name, hash, range, local, all}. */
export const tables = [
    { name: 'plain', hash: 'id', types: { id: 'S' }, keyTypes: { id: 'S' }, local: [], global: [] },
    { name: 'lines', hash: 'h', range: 'r', types: { h: 'S', r: 'N' }, keyTypes: { h: 'S', r: 'N', a: 'S', n: 'N', g: 'S' },
        local: [index('local-all', 'h', 'a', 'ALL'), index('local-keys', 'h', 'n', 'KEYS_ONLY')],
        global: [index('global-all', 'g', 'r', 'ALL'), index('global-some', 'n', null, 'INCLUDE', ['b', 'c'])] },
    { name: 'blobs', hash: 'hb', range: 'rs', types: { hb: 'B', rs: 'S' }, keyTypes: { hb: 'B', rs: 'S', n: 'N', a: 'S' },
        local: [], global: [index('by-n', 'n', 'a', 'KEYS_ONLY')] },
    { name: 'numbers', hash: 'hn', range: 'rb', types: { hn: 'N', rb: 'B' }, keyTypes: { hn: 'N', rb: 'B' }, local: [], global: [] },
];
export const createRequest = (table) => ({ TableName: table.name, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: define(table.keyTypes),
    KeySchema: key(table.hash, table.range), ...(table.local.length ? { LocalSecondaryIndexes: table.local } : {}),
    ...(table.global.length ? { GlobalSecondaryIndexes: table.global } : {}) });

const keyPool = {
    S: ['a', 'ab', 'b', 'ba', 'é', '日本', 'z z'],
    N: ['0', '1', '-1', '2', '10', '9', '1.5', '-2.25', '1e3', '0.001', '12345678901234567890'],
    B: ['a', 'ab', '\x00', '\x00\x01', '\xff', 'b'].map(base64),
};
/** dynalite counts UTF-16 units where size() counts bytes, and nothing in '': only u, of which no size is asked, is not ASCII. */
const strings = ['a', 'ab', 'b', 'abc', 'o\'k', '"q"', '\\', 'a\nb', 'true', '1'];
const letters = ['é', '日本', '𝄞', 'éa'];
const numbers = ['0', '1', '-1', '2', '3', '10', '1.5', '-2.25', '100', '0.001', '1.0', '007', '1e2', '-0', '.5'];
const edges = ['9007199254740993', '12345678901234567890123456789012345678', '-99999999999999999999999999999999999999', '1e125', '-1E125', '1e-130',
    '9.9999999999999999999999999999999999999E+125', '0.00000000000000000000000000000000000012345678901234567890123456789012345678', '1234500000000000000000000000000000000000000'];
const binaries = ['a', 'ab', '\x00', '\xff\x00', 'b'].map(base64);
const attributes = ['a', 'n', 'g', 'b', 'c', 'd', 'e', 'l', 'm', 's', 'u'];
/** What updates reckon with: dynalite keeps any number of digits. */
const computed = attributes.filter((name) => name !== 'e' && name !== 'u');
export const reservedNames = ['size', 'Name', 'status', 'year'];

export class Requests {
    constructor(random) {
        this.random = random;
    }

    tableNamed(name) {
        return tables.find((table) => table.name === name);
    }

    valueOfType(type, depth = 0) {
        const { random } = this;
        switch (type) {
        case 'S': return { S: random.chance(0.03) ? 'x'.repeat(random.one([1400, 2400, 5300])) : random.one(strings) };
        case 'N': return { N: random.one(numbers) };
        case 'E': return { N: random.one(edges) };
        case 'B': return { B: random.one(binaries) };
        case 'BOOL': return { BOOL: this.falsehood ? random.chance(0.5) : true };
        case 'NULL': return { NULL: true };
        case 'SS': return { SS: random.some(['', ...strings], 1, 4) };
        case 'NS': return { NS: random.some(['0', '1', '-1', '2', '3', '10', '1.5', '100'], 1, 4) };
        case 'BS': return { BS: random.some(['', ...binaries], 1, 3) };
        case 'L': return { L: Array.from({ length: random.below(4) }, () => this.value(depth + 1)) };
        case 'M': return { M: Object.fromEntries(random.some(['k', 'k2', 'l', 'm', 'é', 'x.y'], 0, 3).map((name) => [name, this.value(depth + 1)])) };
        }
    }

    value(depth = 0) {
        return this.valueOfType(this.random.one(depth > 2 ? ['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS']
            : ['S', 'N', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M', 'L', 'M']), depth);
    }

    keyValue(type) {
        return { [type]: this.random.one(keyPool[type]) };
    }

    indexValue(type) {
        return type === 'S' ? { S: this.random.one(['a', 'ab', 'b', 'ba', 'z z']) } : this.keyValue(type);
    }

    keyOf(table) {
        return Object.fromEntries(Object.entries(table.types).map(([name, type]) => [name, this.keyValue(type)]));
    }

    /** An attribute of its usual type: n counts, l and m are documents, e has the edges of numbers. */
    attribute(table, name) {
        const usual = { n: 'N', e: 'E', l: 'L', m: 'M', s: this.random.one(['SS', 'NS', 'BS']), a: 'S', g: 'S' };
        this.falsehood = reservedNames.includes(name); // dynalite takes false for nothing where a condition looks at it
        if (name === 'u') return { S: this.random.one(letters) };
        if (table.types[name]) return this.keyValue(table.types[name]);
        if (table.keyTypes[name]) return this.indexValue(table.keyTypes[name]);
        return usual[name] && this.random.chance(0.8) ? this.valueOfType(usual[name]) : this.value();
    }

    item(table) {
        const item = this.keyOf(table);
        for (const name of this.random.some([...attributes, ...reservedNames, 'x.y'], 0, 8)) item[name] ??= this.attribute(table, name);
        this.falsehood = false;
        return item;
    }

    // Expressions share the names and values of their request.
    begin() {
        this.names = {};
        this.values = {};
    }

    placeholder(map, mark, content, same) {
        for (const [name, other] of Object.entries(map)) if (same && other === content) return name;
        const name = `${mark}${'npv'[this.random.below(3)]}${Object.keys(map).length}`;
        map[name] = content;
        return name;
    }

    bind(value) {
        return this.placeholder(this.values, ':', value, false);
    }

    name(name) {
        const plain = /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !reservedNames.includes(name);
        return plain && this.random.chance(0.7) ? name : this.placeholder(this.names, '#', name, true);
    }

    path(names = attributes, deep = true) {
        const { random } = this;
        let path = this.name(random.one(names));
        if (deep && random.chance(0.3))
            for (let n = 1 + random.below(2); n > 0; n--) path += random.chance(0.5) ? `[${random.below(4)}]` : `.${this.name(random.one(['k', 'k2', 'l', 'm', 'é', 'x.y']))}`;
        return path;
    }

    word(word) {
        return this.random.chance(0.8) ? word : word.toLowerCase();
    }

    ordered() {
        return this.random.chance(0.05) ? { [this.random.one(['S', 'B'])]: '' } : this.valueOfType(this.random.one(['S', 'N', 'B']));
    }

    between() {
        const type = this.random.one(['S', 'N', 'B']);
        const pair = [this.valueOfType(type)[type], this.valueOfType(type)[type]];
        pair.sort(type === 'N' ? (a, b) => Number(a) - Number(b)
            : (a, b) => Buffer.compare(Buffer.from(a, type === 'B' ? 'base64' : 'utf8'), Buffer.from(b, type === 'B' ? 'base64' : 'utf8')));
        return pair.map((text) => this.bind({ [type]: text }));
    }

    predicate(names) {
        const { random } = this;
        const path = () => this.path(names);
        const scalar = () => this.valueOfType(random.one(['S', 'N', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS']));
        switch (random.below(12)) {
        case 0: return `${path()} ${random.one(['=', '<>'])} ${this.bind(scalar())}`;
        case 1: return `${path()} ${random.one(['<', '<=', '>', '>='])} ${this.bind(this.ordered())}`;
        case 2: return `${this.bind(this.ordered())} ${random.one(['<', '<=', '>', '>=', '=', '<>'])} ${path()}`;
        case 3: { const [low, high] = this.between(); return `${path()} ${this.word('BETWEEN')} ${low} ${this.word('AND')} ${high}`; }
        case 4: return `${path()} ${this.word('IN')} (${Array.from({ length: 1 + random.below(3) }, () => this.bind(scalar())).join(', ')})`;
        case 5: return `attribute_exists(${path()})`;
        case 6: return `attribute_not_exists(${path()})`;
        case 7: return `attribute_type(${path()}, ${this.bind({ S: random.one(['S', 'N', 'B', 'SS', 'NS', 'BS', 'L', 'M', 'BOOL', 'NULL']) })})`;
        case 8: return `begins_with(${path()}, ${this.bind(this.valueOfType(random.one(['S', 'B'])))})`;
        case 9: return `contains(${path()}, ${this.bind(this.valueOfType(random.one(['S', 'N', 'B'])))})`;
        case 10: return `size(${this.path(names.filter((name) => name !== 'u'))}) ${random.one(['=', '<', '<=', '>', '>='])} ${this.bind({ N: String(random.below(5)) })}`;
        default: return `${path()} = ${this.bind(this.ordered())}`;
        }
    }

    condition(names = attributes, depth = 0) {
        const { random } = this;
        const inner = () => this.condition(names, depth + 1);
        if (depth > 1 || random.chance(0.5)) return this.predicate(names);
        switch (random.below(4)) {
        case 0: return `${inner()} ${this.word('AND')} ${inner()}`;
        case 1: return `${inner()} ${this.word('OR')} ${inner()}`;
        case 2: return `${this.word('NOT')} ${this.predicate(names)}`;
        default: return `(${this.predicate(names)} OR ${this.predicate(names)}) AND ${this.predicate(names)}`;
        }
    }

    operand(path) {
        const { random } = this;
        switch (random.below(5)) {
        case 0: return this.path(computed);
        case 1: return `if_not_exists(${random.chance(0.5) ? path : this.path(computed)}, ${this.bind(this.value())})`;
        default: return this.bind(this.value());
        }
    }

    setValue(path) {
        const { random } = this;
        const number = () => this.bind(this.valueOfType('N'));
        const list = () => this.bind(this.valueOfType('L'));
        switch (random.below(8)) {
        case 0: return `${path} ${random.one(['+', '-'])} ${number()}`;
        case 1: return `if_not_exists(${path}, ${number()}) ${random.one(['+', '-'])} ${number()}`;
        case 2: return `list_append(${random.one([`if_not_exists(${path}, ${list()})`, list(), path])}, ${list()})`;
        case 3: return `${number()} ${random.one(['+', '-'])} ${number()}`;
        default: return this.operand(path);
        }
    }

    update(table) {
        const { random } = this;
        const left = random.some(attributes.filter((name) => !(name in table.types) && name !== 'e' && name !== 'u'), 1, 4), sections = [];
        const paths = () => left.splice(0, 1 + random.below(2)).map((name) => this.path([name], !(name in table.keyTypes)));
        for (const kind of random.some(['SET', 'REMOVE', 'ADD', 'DELETE', 'SET'], 1, 3)) {
            if (!left.length || sections.some((section) => section.startsWith(kind))) continue;
            if (kind === 'SET') sections.push(`SET ${paths().map((path) => `${path} = ${this.indexed(table, path) ?? this.setValue(path)}`).join(', ')}`);
            if (kind === 'REMOVE') sections.push(`REMOVE ${paths().join(', ')}`);
            if (kind === 'ADD') sections.push(`ADD ${paths().map((path) => `${path} ${this.bind(this.valueOfType(this.keyType(table, path) === 'N' ? 'N' : random.one(['N', 'SS', 'NS', 'BS'])))}`).join(', ')}`);
            if (kind === 'DELETE' && left.some((name) => table.keyTypes[name])) continue;
            if (kind === 'DELETE') sections.push(`DELETE ${paths().map((path) => `${path} ${this.bind(this.valueOfType(random.one(['SS', 'NS', 'BS'])))}`).join(', ')}`);
        }
        return sections.join(' ');
    }

    keyType(table, path) {
        return table.keyTypes[this.names[path] ?? path];
    }

    /** Keys of indexes are mostly set to what an index can hold. */
    indexed(table, path) {
        const type = this.keyType(table, path);
        if (!type || this.random.chance(0.1)) return undefined;
        if (type === 'N' && this.random.chance(0.3)) return `if_not_exists(${path}, ${this.bind({ N: '0' })}) + ${this.bind({ N: '1' })}`;
        return this.bind(this.indexValue(type));
    }

    projection() {
        const { random } = this;
        return random.some([...attributes, 'h', 'id'], 1, 4).map((name) => this.path([name])).join(', ');
    }

    finish(request) {
        if (Object.keys(this.names).length) request.ExpressionAttributeNames = this.names;
        if (Object.keys(this.values).length) request.ExpressionAttributeValues = this.values;
        return request;
    }

    common(request) {
        const { random } = this;
        if (random.chance(0.3)) request.ReturnConsumedCapacity = random.one(['TOTAL', 'INDEXES', 'NONE']);
        return request;
    }

    write(request, returns) {
        const { random } = this;
        this.common(request);
        if (random.chance(0.5)) request.ReturnValues = random.one(returns);
        if (random.chance(0.1)) request.ReturnItemCollectionMetrics = random.one(['SIZE', 'NONE']);
        if (random.chance(0.35)) request.ConditionExpression = this.condition();
        return this.finish(request);
    }

    putItem(table) {
        this.begin();
        return this.write({ TableName: table.name, Item: this.item(table) }, ['NONE', 'ALL_OLD']);
    }

    updateItem(table) {
        this.begin();
        const request = { TableName: table.name, Key: this.keyOf(table) };
        if (this.random.chance(0.95)) request.UpdateExpression = this.update(table);
        return this.write(request, ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW']);
    }

    deleteItem(table) {
        this.begin();
        return this.write({ TableName: table.name, Key: this.keyOf(table) }, ['NONE', 'ALL_OLD']);
    }

    read(request) {
        if (this.random.chance(0.5)) request.ConsistentRead = this.random.chance(0.5);
        return request;
    }

    getItem(table) {
        this.begin();
        const request = this.common(this.read({ TableName: table.name, Key: this.keyOf(table) }));
        if (this.random.chance(0.4)) request.ProjectionExpression = this.projection();
        return this.finish(request);
    }

    keyCondition(table, schema) {
        const { random } = this;
        const [hash, range] = schema.map((part) => part.AttributeName);
        const clauses = [`${this.name(hash)} = ${this.bind(this.keyValue(table.keyTypes[hash]))}`];
        if (range && random.chance(0.7)) {
            const type = table.keyTypes[range], name = this.name(range), value = () => this.bind(this.keyValue(type));
            const kinds = [() => `${name} ${random.one(['=', '<', '<=', '>', '>='])} ${value()}`, () => `${value()} ${random.one(['=', '<', '<=', '>', '>='])} ${name}`];
            if (type !== 'N') kinds.push(() => `begins_with(${name}, ${value()})`);
            kinds.push(() => {
                const pair = [this.keyValue(type)[type], this.keyValue(type)[type]].sort(type === 'N' ? (a, b) => a - b
                    : (a, b) => Buffer.compare(Buffer.from(a, type === 'B' ? 'base64' : 'utf8'), Buffer.from(b, type === 'B' ? 'base64' : 'utf8')));
                return `${name} BETWEEN ${this.bind({ [type]: pair[0] })} AND ${this.bind({ [type]: pair[1] })}`;
            });
            clauses.push(random.one(kinds)());
        }
        return (random.chance(0.8) ? clauses : clauses.reverse()).join(` ${this.word('AND')} `);
    }

    page(table, request, source, keys) {
        const { random } = this;
        const names = attributes.filter((name) => !keys.includes(name));
        if (random.chance(0.4)) request.FilterExpression = this.condition(names);
        if (random.chance(0.3)) request.Limit = 1 + random.below(6);
        if (random.chance(0.2) && !(source && !source.local)) request.ConsistentRead = random.chance(0.5);
        const whole = !source || source.Projection.ProjectionType === 'ALL';
        switch (random.below(5)) {
        case 0: request.Select = 'COUNT'; break;
        case 1: if (whole || source.local) request.Select = 'ALL_ATTRIBUTES'; break;
        case 2: if (source) request.Select = 'ALL_PROJECTED_ATTRIBUTES'; break;
        case 3:
            if (whole) request.ProjectionExpression = this.projection();
            if (whole && random.chance(0.3)) request.Select = 'SPECIFIC_ATTRIBUTES';
        }
        return this.common(request);
    }

    source(table) {
        const { random } = this;
        const all = [...table.local.map((one) => ({ ...one, local: true })), ...table.global];
        return all.length && random.chance(0.6) ? random.one(all) : null;
    }

    query(table) {
        this.begin();
        const source = this.source(table);
        const schema = source?.KeySchema ?? key(table.hash, table.range);
        const request = { TableName: table.name, ...(source ? { IndexName: source.IndexName } : {}), KeyConditionExpression: this.keyCondition(table, schema) };
        if (this.random.chance(0.5)) request.ScanIndexForward = this.random.chance(0.5);
        return this.finish(this.page(table, request, source, schema.map((part) => part.AttributeName)));
    }

    scan(table) {
        this.begin();
        const source = this.source(table);
        const request = { TableName: table.name, ...(source ? { IndexName: source.IndexName } : {}) };
        return this.finish(this.page(table, request, source, []));
    }

    /** A Scan in that many segments, when a parallel one is wanted. */
    segments() {
        return this.random.chance(0.25) ? 2 + this.random.below(5) : 0;
    }

    batchGet() {
        const { random } = this;
        const RequestItems = {};
        for (const table of random.some(tables, 1, 2)) {
            this.begin();
            const seen = new Map();
            for (let n = 1 + random.below(5); n > 0; n--) {
                const one = this.keyOf(table);
                seen.set(JSON.stringify(one), one);
            }
            const part = this.read({ Keys: [...seen.values()] });
            if (random.chance(0.3)) {
                part.ProjectionExpression = this.projection();
                if (Object.keys(this.names).length) part.ExpressionAttributeNames = this.names;
            }
            RequestItems[table.name] = part;
        }
        return this.common({ RequestItems });
    }

    batchWrite() {
        const { random } = this;
        const RequestItems = {};
        for (const table of random.some(tables, 1, 2)) {
            const seen = new Map();
            for (let n = 1 + random.below(6); n > 0; n--) {
                const put = random.chance(0.7), item = put ? this.item(table) : this.keyOf(table);
                seen.set(JSON.stringify(Object.keys(table.types).map((name) => item[name])), put ? { PutRequest: { Item: item } } : { DeleteRequest: { Key: item } });
            }
            RequestItems[table.name] = [...seen.values()];
        }
        return this.common({ RequestItems });
    }

    next() {
        const { random } = this;
        const table = random.one([tables[0], tables[1], tables[1], tables[1], tables[2], tables[3]]);
        const [operation, make] = random.one([['PutItem', 'putItem'], ['PutItem', 'putItem'], ['PutItem', 'putItem'], ['UpdateItem', 'updateItem'],
            ['UpdateItem', 'updateItem'], ['UpdateItem', 'updateItem'], ['DeleteItem', 'deleteItem'], ['GetItem', 'getItem'], ['GetItem', 'getItem'],
            ['Query', 'query'], ['Query', 'query'], ['Query', 'query'], ['Scan', 'scan'], ['BatchGetItem', 'batchGet'], ['BatchWriteItem', 'batchWrite']]);
        const body = this[make](table);
        return { operation, table, body, segments: operation === 'Scan' ? this.segments() : 0 };
    }
}
