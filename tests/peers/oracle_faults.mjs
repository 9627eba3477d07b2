// One thing wrong with a request: types, members, names, values, keys, expressions, start keys.
const copy = (value) => JSON.parse(JSON.stringify(value));
const items = (body) => [body.Item, body.Key, body.ExclusiveStartKey, ...Object.values(body.RequestItems ?? {}).flatMap((part) =>
    part.Keys ?? part.map((one) => one.PutRequest?.Item ?? one.DeleteRequest?.Key))].filter(Boolean);
const expressionNames = ['ConditionExpression', 'UpdateExpression', 'FilterExpression', 'ProjectionExpression', 'KeyConditionExpression'];

const wrongTypes = {
    TableName: [true, false, 12, 1.5, [], {}], ReturnValues: [1, []], Limit: ['5', false, [], {}], ConsistentRead: [1, 'maybe', [], {}, 1.5],
    Key: [1, 'x', true, [], { a: 'x' }, { a: 1 }, { a: [] }], Item: [1, 'x', [], { a: 'x' }, { a: [] }], ExpressionAttributeNames: [1, [], { '#a': 1 }, { '#a': {} }],
    ExpressionAttributeValues: ['x', [], { ':a': 1 }, { ':a': [] }], ConditionExpression: [1, [], {}], FilterExpression: [true], UpdateExpression: [1.5],
    RequestItems: [1, [], 'x'], Segment: ['0'], ScanIndexForward: [0], Select: [[]], ExclusiveStartKey: ['x', []],
};
const wrongValues = [{}, { S: 'a', N: '1' }, { SS: [] }, { NS: [] }, { BS: [] }, { SS: ['b', 'a', 'b'] }, { NS: ['1', '2', '1'] }, { BS: ['AA==', 'Yg==', 'AA=='] },
    { NULL: false }, { N: 'x' }, { N: '' }, { N: '1 ' }, { N: 'NaN' }, { N: '0x1' }, { N: '123456789012345678901234567890123456789' }, { N: '1e126' }, { N: '-1e126' },
    { N: '1e-131' }, { NS: ['1', 'x'] }, { L: [{ N: 'x' }] }, { M: { k: { SS: [] } } }, { L: [{}] }];
const wrongJson = [{ N: 12 }, { S: 5 }, { S: true }, { SS: 'x' }, { SS: [1] }, { L: {} }, { L: 'x' }, { L: ['x'] }, { M: [] }, { M: 'x' }, { M: { a: 'x' } }, { B: 'abc' },
    { B: 'AB==' }, { B: 1 }, { B: [] }, { BS: [1] }, { BOOL: 'maybe' }, { BOOL: 1 }, { NULL: [] }];
const wrongWords = { ReturnValues: ['x', 'all_old', 'UPDATED'], ReturnConsumedCapacity: ['x', ''], ReturnItemCollectionMetrics: ['x'], Select: ['x', 'all_attributes'] };

/** A local index that does not hold everything: dynalite does not fetch what a projection asks for. */
const isPartial = (table, body) => table.local.some((index) => index.IndexName === body.IndexName && index.Projection.ProjectionType !== 'ALL');

/** Each takes a body of its own and changes it, or answers false when it does not fit. */
const faults = {
    'a wrong JSON type'(random, body, operation) {
        const fits = Object.keys(body).filter((member) => wrongTypes[member]);
        const member = random.one(fits);
        if (operation === 'Scan' && member === 'ConsistentRead') return false; // dynalite does not know it there
        body[member] = random.one(wrongTypes[member]);
    },
    'a missing member'(random, body) {
        delete body[random.one(Object.keys(body))];
    },
    'a null member'(random, body) {
        body[random.one(Object.keys(body))] = null;
    },
    'an unknown member'(random, body) {
        body.Nonsense = random.one([1, 'x', [], { a: 1 }]);
    },
    'a word outside its set'(random, body, operation) {
        const fits = { PutItem: ['ReturnValues', 'ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'], UpdateItem: ['ReturnValues', 'ReturnConsumedCapacity'],
            DeleteItem: ['ReturnValues', 'ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'], GetItem: ['ReturnConsumedCapacity'],
            Query: ['Select', 'ReturnConsumedCapacity'], Scan: ['Select', 'ReturnConsumedCapacity'], BatchGetItem: ['ReturnConsumedCapacity'],
            BatchWriteItem: ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'] }[operation];
        const member = random.one(fits);
        body[member] = random.one(wrongWords[member]);
    },
    'a table that is not there'(random, body) {
        const name = random.one(['nosuch', 'lines2', 'x'.repeat(255)]);
        if (body.RequestItems) body.RequestItems = { [name]: Object.values(body.RequestItems)[0] };
        else body.TableName = name;
    },
    'a malformed table name'(random, body) {
        if (body.RequestItems) return false;
        body.TableName = random.one(['a b', 'abc!', 'x'.repeat(256), 'é'.repeat(3), '']);
    },
    'a limit out of range'(random, body, operation) {
        if (operation !== 'Query' && operation !== 'Scan') return false;
        body.Limit = random.one([0, -1]);
    },
    'a malformed value'(random, body) {
        const item = random.one(items(body).filter((one) => Object.keys(one).length));
        item[random.one(['a', 'zz', ...Object.keys(item)])] = copy(random.one(wrongValues));
    },
    'a value of the wrong JSON type'(random, body) {
        const item = random.one(items(body));
        item[random.one(['a', ...Object.keys(item)])] = copy(random.one(wrongJson));
    },
    'a malformed placeholder value'(random, body) {
        if (!body.ExpressionAttributeValues) return false;
        body.ExpressionAttributeValues[random.one(Object.keys(body.ExpressionAttributeValues))] = copy(random.one(wrongValues));
    },
    'a key attribute of another type'(random, body, operation, table) {
        const key = random.one(items(body).filter((one) => Object.keys(table.types).every((name) => one[name])));
        key[random.one(Object.keys(table.types))] = copy(random.one([{ S: 'a' }, { N: '1' }, { B: 'AA==' }, { BOOL: true }, { SS: ['a'] }, { L: [] }, { NULL: true }]));
    },
    'a key attribute missing'(random, body, operation, table) {
        const key = random.one(items(body).filter((one) => Object.keys(table.types).every((name) => one[name])));
        delete key[random.one(Object.keys(table.types))];
    },
    'a key attribute too many'(random, body) {
        if (!body.Key) return false;
        body.Key.more = { S: 'x' };
    },
    'an empty key attribute'(random, body, operation, table) {
        const [name, type] = random.one(Object.entries(table.types));
        if (type === 'N') return false;
        random.one(items(body).filter((one) => one[name]))[name] = { [type]: '' };
    },
    'a key that is too long'(random, body, operation, table) {
        const [name, type] = random.one(Object.entries(table.types));
        if (type === 'N') return false;
        const bytes = (name === table.hash ? 2048 : 1024) + random.below(2);
        random.one(items(body).filter((one) => one[name]))[name] = { [type]: type === 'S' ? 'k'.repeat(bytes) : Buffer.alloc(bytes, 7).toString('base64') };
    },
    'an index key of another type'(random, body, operation, table) {
        const names = Object.keys(table.keyTypes).filter((name) => !table.types[name]);
        if (operation !== 'PutItem' || !names.length) return false;
        body.Item[random.one(names)] = copy(random.one([{ BOOL: true }, { B: 'AA==' }, { NS: ['1'] }]));
    },
    'an update of a key'(random, body, operation, table) {
        if (operation !== 'UpdateItem') return false;
        const name = random.one(Object.keys(table.types));
        body.UpdateExpression = random.one([`REMOVE ${name}`, `SET ${name} = a`, `REMOVE a, ${name}`]);
        delete body.ExpressionAttributeNames;
        delete body.ExpressionAttributeValues;
        delete body.ConditionExpression;
    },
    'an unused placeholder'(random, body) {
        const values = random.chance(0.5);
        const member = values ? 'ExpressionAttributeValues' : 'ExpressionAttributeNames';
        if (body.RequestItems || (values && !expressionNames.some((name) => name in body))) return false;
        body[member] = { ...body[member], [values ? ':unused' : '#unused']: values ? { S: 'x' } : 'x' };
    },
    'placeholders without a use'(random, body) {
        if (body.RequestItems) return false;
        const member = random.one(['ExpressionAttributeNames', 'ExpressionAttributeValues']);
        body[member] = random.one([{}, member === 'ExpressionAttributeNames' ? { a: 'x' } : { a: { S: 'x' } },
            member === 'ExpressionAttributeNames' ? { '#': 'x' } : { ':': { S: 'x' } }, member === 'ExpressionAttributeNames' ? { '#a-b': 'x' } : { ':a-b': { S: 'x' } }]);
    },
    'an undefined placeholder'(random, body) {
        const member = random.one(['ExpressionAttributeNames', 'ExpressionAttributeValues'].filter((name) => body[name]));
        delete body[member][random.one(Object.keys(body[member]))];
        if (!Object.keys(body[member]).length) delete body[member];
    },
    'a broken expression'(random, body) {
        const member = random.one(expressionNames.filter((name) => body[name]));
        const tokens = body[member].match(/[A-Za-z0-9_#:]+|[<>=]+|\S/g), at = random.below(tokens.length);
        switch (random.below(5)) {
        case 0: tokens.splice(at, 1); break;
        case 1: tokens.splice(at, 0, tokens[at]); break;
        case 2: tokens.splice(at, 0, random.one([')', '(', ',', '.', '=', '<>', '!', '*', '&', 'AND', 'NOT', '"', '-', '5', '[', ']'])); break;
        case 3: tokens.length = at; break;
        default: tokens[at] = random.one(['!', 'a', ':nope', '#nope', 'AND', '=', '(']);
        }
        body[member] = tokens.join(member === 'UpdateExpression' || random.chance(0.5) ? ' ' : '');
        if (/\( *\(/.test(body[member])) return false;
        /* dynalite dies of two paths that are compared. */
        if (member !== 'UpdateExpression' && /[\w\])] *(=|<>|<=|>=|<|>) *\(? *[A-Za-z#]/.test(body[member])) return false;
    },
    'an odd expression'(random, body, operation, table) {
        const fits = { PutItem: ['ConditionExpression'], DeleteItem: ['ConditionExpression'], UpdateItem: ['ConditionExpression', 'UpdateExpression', 'UpdateExpression'],
            GetItem: ['ProjectionExpression'], Query: ['FilterExpression', 'ProjectionExpression', 'KeyConditionExpression', 'KeyConditionExpression'],
            Scan: ['FilterExpression', 'ProjectionExpression'] }[operation];
        if (!fits) return false;
        const member = random.one(fits);
        if (member === 'ProjectionExpression' && isPartial(table, body)) return false;
        const kind = member.replace('Filter', 'Condition');
        body[member] = random.one(odd[kind]);
        for (const name of expressionNames) if (name !== member && !(operation === 'Query' && name === 'KeyConditionExpression')) delete body[name];
        if (body.Select && body.Select !== 'COUNT') delete body.Select;
        if (member === 'ProjectionExpression') delete body.Select;
        const source = expressionNames.map((name) => body[name] ?? '').join(' ');
        const keep = (map, extra) => Object.fromEntries(Object.entries({ ...map, ...extra }).filter(([name]) => new RegExp(`${name}(?![A-Za-z0-9_])`).test(source)));
        const names = keep(body.ExpressionAttributeNames, { '#a': 'a', '#b': 'b', '#size': 'size' });
        const values = keep(body.ExpressionAttributeValues, { ':one': { N: '1' }, ':two': { N: '2' }, ':s': { S: 's' }, ':t': { S: 't' }, ':b': { B: 'AA==' }, ':yes': { BOOL: true },
            ':l': { L: [] }, ':m': { M: {} }, ':ss': { SS: ['a'] }, ':ns': { NS: ['1'] }, ':null': { NULL: true } });
        delete body.ExpressionAttributeNames;
        delete body.ExpressionAttributeValues;
        if (Object.keys(names).length) body.ExpressionAttributeNames = names;
        if (Object.keys(values).length) body.ExpressionAttributeValues = values;
    },
    'a start key'(random, body, operation, table) {
        if (operation !== 'Query' && operation !== 'Scan') return false;
        const any = (type) => random.one([{ S: 'a' }, { N: '1' }, { B: 'AA==' }, { [type]: { S: 'zz', N: '77', B: 'enp6' }[type] }]);
        const start = Object.fromEntries(Object.entries(table.types).map(([name, type]) => [name, any(type)]));
        const index = [...table.local, ...table.global].find((one) => one.IndexName === body.IndexName);
        for (const { AttributeName } of index?.KeySchema ?? []) start[AttributeName] ??= any(table.keyTypes[AttributeName]);
        if (random.chance(0.3)) delete start[random.one(Object.keys(start))];
        if (random.chance(0.1)) start.more = { S: 'x' };
        body.ExclusiveStartKey = start;
    },
    'segments'(random, body, operation) {
        if (operation !== 'Scan') return false;
        body.Segment = random.one([0, 1, 3, -1]);
        if (random.chance(0.7)) body.TotalSegments = random.one([1, 2, 0]);
        else if (!body.Segment) return false; // dynalite does not see a 0
        if (random.chance(0.2)) delete body.Segment;
    },
    'an index'(random, body, operation) {
        if (operation !== 'Query' && operation !== 'Scan') return false;
        body.IndexName = random.one(['nosuch', 'no such', 'x', '', 'global-all', 'by-n']);
        if (random.chance(0.3)) body.ConsistentRead = true;
    },
    'a selection'(random, body, operation, table) {
        if ((operation !== 'Query' && operation !== 'Scan') || isPartial(table, body)) return false;
        body.Select = random.one(['ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES', 'SPECIFIC_ATTRIBUTES', 'COUNT']);
        if (random.chance(0.5)) body.ProjectionExpression = 'a, b';
    },
    'a batch that is too large'(random, body, operation, table) {
        if (operation === 'BatchWriteItem') body.RequestItems = { [table.name]: Array.from({ length: 26 }, (_, i) => ({ PutRequest: { Item: { [table.hash]: { S: `${i}` } } } })) };
        else if (operation === 'BatchGetItem') body.RequestItems = { [table.name]: { Keys: Array.from({ length: 101 }, (_, i) => ({ [table.hash]: { S: `${i}` } })) } };
        else return false;
    },
    'a batch of the same'(random, body) {
        if (!body.RequestItems) return false;
        const part = random.one(Object.values(body.RequestItems)), list = part.Keys ?? part;
        list.push(copy(random.one(list)));
    },
    'an empty batch'(random, body, operation) {
        if (!body.RequestItems) return false;
        const [name] = Object.keys(body.RequestItems);
        body.RequestItems = random.one([{}, { [name]: operation === 'BatchGetItem' ? { Keys: [] } : [] }, { [name]: operation === 'BatchGetItem' ? {} : [{}] }]);
    },
    'a large item'(random, body, operation) {
        if (operation !== 'PutItem') return false;
        body.Item.large = { S: 'x'.repeat(409600) };
    },
};

const odd = {
    ConditionExpression: ['', 'size = :one', 'Size(a) = :one', 'a', 'a =', '= a', 'a = b = c', 'a AND b', ':one', 'NOT a', '(a)', '(a = :one', 'a = :one)', '((a = :one))',
        '(a) = :one', '(a = :one) AND (b = :one)', 'a = (:one)', '((a) = :one)', 'nope(a)', 'nope(a) = :one', 'attribute_exists(a, b)', 'attribute_exists(:one)', 'attribute_exists()',
        'attribute_exists(a) = :yes', 'attribute_type(a, :one)', 'attribute_type(a, :s)', 'attribute_type(a, b)', 'begins_with(a)', 'begins_with(a, :one)',
        'begins_with(a, a)', 'begins_with(:one, a)', 'contains(a, a)', 'contains(a, b, c)', 'contains(:one, a)', 'size(a)', 'size(:one) = :one', 'size(a, b) = :one', 'size(size(a)) = :one',
        'a = a', 'a < a', 'a.b = a.b', 'a[0] <> a[0]', 'a BETWEEN :two AND :one', 'a BETWEEN :s AND :one', 'a BETWEEN :t AND :s', 'a BETWEEN :one',
        'a IN ()', 'a IN :one', 'a IN (:one, :two,)', 'a < :l', 'a >= :yes', 'a <= :null', 'a > :ss', ':yes < a', 'a = :nope', '#nope = :one', 'a = :nope AND #nope = :one',
        'status = :one', 'a.status = :one', 'a = :one AND year = :nope', 'NOT NOT a = :one', 'NOT (NOT a = :one)', 'a = :one OR b = :one AND c = :one', 'and = :one', 'a and :one', 'if_not_exists(a, b)',
        'list_append(a, b) = :l', 'a-b = :one', 'a[b] = :one', 'a[-1] = :one', 'a[1.5] = :one', 'a[] = :one', 'a..b = :one', '.a = :one', 'a. = :one', 'a[0 = :one',
        'a = 1', 'a = "x"', 'a == :one', 'a != :one', 'a =! :one', 'a <= > :one', 'attribute_exists (a)', 'ATTRIBUTE_EXISTS(a)', 'a BETWEEN :one AND :two AND b = :one',
        'a in (:one)', 'between = :one', 'contains(a, :s) AND size(a) > :s', 'size(a) = :s', 'attribute_exists(#a.#b[3].c)', 'NOT attribute_exists(a) OR NOT size(b) < :one'],
    UpdateExpression: ['', 'a', 'SET', 'SET a', 'SET a =', 'SET a = :one,', 'SET a = :one SET b = :one', 'REMOVE a REMOVE b', 'ADD a :one ADD b :one', 'DELETE a :ss DELETE b :ss', 'SET a = :one, a = :two',
        'SET a = :one REMOVE a', 'SET a.b = :one, a = :one', 'SET a.b = :one REMOVE a[0]', 'SET a[0] = :one, a[0].b = :two', 'SET a[0] = :one, a.b = :one', 'REMOVE a, a', 'REMOVE a.b, a', 'ADD a :s', 'ADD a :l',
        'ADD a :m', 'ADD a :yes', 'ADD a :null', 'ADD a :b', 'DELETE a :one', 'DELETE a :s', 'DELETE a :l', 'ADD a b', 'ADD a', 'DELETE a', 'DELETE a b', 'SET a = b + :s', 'SET a = :one + :l', 'SET a = :s - :one',
        'SET a = :one + :two + :one', 'SET a = (:one + :two)', 'SET a = list_append(b)', 'SET a = list_append(:s, :l)',
        'SET a = list_append(b, :one)', 'SET a = list_append(b, c, d)', 'SET a = if_not_exists(:one, b)', 'SET a = if_not_exists(b)', 'SET a = if_not_exists(b, c, d)', 'SET a = nope(b)', 'SET a = size(b)',
        'SET a = attribute_exists(b)', 'SET a = :nope', 'SET #nope = :one', 'SET #nope = :nope', 'SET status = :one', 'SET a.year = :one', 'SET a = status', 'set a = :one', 'Set a = :one remove b', 'SET a :one',
        'SET a == :one', 'SET a = :one b = :two', 'REMOVE', 'REMOVE a b', 'REMOVE :one', 'REMOVE a[0], a[1], a[0]', 'SET a = -:one', 'SET a = - b', 'SET a = :one - - :two', 'SET a = 1',
        'SET a = "x"', 'UPSERT a = :one', 'SET a = list_append(if_not_exists(a, :l), :l)', 'SET a = if_not_exists(b, :one) + :one', 'SET a = b, b = a', 'SET set = :one', 'SET a = :one ADD', 'ADD a :one, b',
        'SET a=:one', 'SET a = :one REMOVE b ADD c :one DELETE d :ss', 'SET add = :one', 'REMOVE remove', 'SET a = list_append(:l, if_not_exists(b, :one))', 'SET a = if_not_exists(a, :one), status = :one, b = nope(c)'],
    ProjectionExpression: ['', ',', 'a,', ',a', 'a, a', 'a, a.b', 'a.b, a', 'a[0], a.b', 'a[0], a[0]', 'a.b, a[1]', 'a b', 'a.', '.a', 'a..b', 'a[', 'a[]', 'a[x]', 'a[-1]', 'a[0][1].b', 'status', 'a.year', '#nope', '#a, #b',
        '#a.#b', '#a, a', ':one', 'a = b', 'size(a)', '(a)', 'a-b', 'a, status, #nope', '*', 'a, b, a.c, b[0]', '1a', 'a.1b', 'a1', 'a_b', 'a[0]b', 'a,b', 'a , b'],
    KeyConditionExpression: ['', 'h', 'h = :s OR r = :one', 'NOT h = :s', 'h IN (:s)', 'h <> :s', 'contains(h, :s)', 'attribute_exists(h)', 'attribute_type(h, :s)', 'size(h) = :one', 'h = :s AND size(r) = :one', 'h.a = :s',
        'h[0] = :s', 'h = :s AND h = :s', 'h = :s AND h = :t', ':s = :t', 'h = r', 'begins_with(:s, h)', ':s BETWEEN :s AND :t', 'h = :s AND r = :one AND a = :s', 'r = :one', 'h > :s', 'h = :one', 'h = :s AND r = :s',
        'h = :s AND a = :s', 'h = :s AND begins_with(r, :one)', 'h = :s AND begins_with(r, :s)', 'h = :s AND r BETWEEN :two AND :one', 'h = :s AND r < :yes', '(h = :s) AND (r = :one)', 'h = :s AND (r = :one)', '((h = :s))',
        '(h = :s AND r = :one)', 'h = :nope', '#nope = :s', 'status = :s', 'h = :s and r >= :one', 'begins_with(h, :s)', 'h BETWEEN :s AND :t', 'h = :s AND NOT r = :one', 'h = :s AND (r = :one OR r = :two)', 'h = nope(:s)',
        'h = :s AND attribute_exists(r)', 'h = :s AND r IN (:one)', 'h = :s AND', 'AND h = :s', 'h = :s,', 'a = :s AND b = :s', 'h = :s AND r = :one AND r = :two', ':s = h', ':one < r AND h = :s', 'h = :s AND r = :ns'],
};

/** The request with a fault; itself when none of a few fits. */
export function spoil(random, requests, request) {
    for (let tries = 0; tries < 10; tries++) {
        const name = random.one(Object.keys(faults)), body = copy(request.body);
        const table = request.body.RequestItems ? requests.tableNamed(Object.keys(request.body.RequestItems)[0]) : request.table;
        try {
            if (faults[name](random, body, request.operation, table) !== false) return { ...request, table, body, fault: name };
        } catch (error) {
            if (!(error instanceof TypeError)) throw error; // the fault found nothing to spoil
        }
    }
    return request;
}
