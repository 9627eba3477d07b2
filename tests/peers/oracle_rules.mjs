// Where the contract differs from dynalite: each rule turns dynalite's answer into the one the contract wants.
import { text } from './oracle_server.mjs';

/** How often each rule was needed. */
export const used = new Map();

const enveloped = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);
const W = 'One or more parameter values were invalid: ';

/** Sentences of the layers behind the request: they never stand in the envelope. */
const deeper = ['The conditional request failed', 'Requested resource not found', 'The provided key element does not match the schema',
    `${W}Missing the key`, `${W}Type mismatch for`, `${W}Cannot update attribute`, `${W}Size of hashkey`, `${W}Aggregated size`,
    'One or more parameter values are not valid.', 'Key attributes must be scalars', 'The document path provided in the update expression',
    'The provided expression refers to an attribute', 'An operand in the update expression', 'The update expression attempted',
    `${W}Select type`, 'Item size', 'Type mismatch for attribute to update'];

const running = ['The document path provided in the update expression is invalid for update', 'An operand in the update expression has an incorrect data type',
    'The provided expression refers to an attribute that does not exist in the item'];
const actions = (body) => body.AttributeUpdates ? Object.keys(body.AttributeUpdates).length : body.UpdateExpression.match(/,|\b(SET|REMOVE|ADD|DELETE)\b/gi).length;
const keyPath = /^Key attributes must be scalars; list random access '\[\]' and map lookup '\.' are not allowed: (Index)?Key: [a-z]+$/;

const mixed = /^Can not use both|^ExpressionAttribute/;
const refusal = (message, type = 'ValidationException') => ({ status: 400, type, message, body: { __type: type, message } });
const isRequestFault = (answer) => answer.type === 'ValidationException' && !/^\d+ validation errors? detected: /.test(answer.message) &&
    !deeper.some((start) => answer.message.startsWith(start));
const indexUnits = (capacity) => ['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'].flatMap((kind) => Object.values(capacity[kind] ?? {}))
    .reduce((sum, one) => sum + one.CapacityUnits, 0);
const double = (value) => typeof value === 'number' ? 2 * value : value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, double(member)])) : value;
const isFull = (capacity) => capacity.Table ? capacity.CapacityUnits === capacity.Table.CapacityUnits + indexUnits(capacity) : true;

/** A write that its indexes make dearer: what the table itself costs is the same. */
function dearer(ours, theirs) {
    if (!ours || !theirs || ours.TableName !== theirs.TableName || !isFull(ours)) return theirs;
    if (ours.Table ? ours.Table.CapacityUnits !== theirs.CapacityUnits : ours.CapacityUnits < theirs.CapacityUnits) return theirs;
    return ours;
}

const removes = (body) => body.AttributeUpdates ? Object.values(body.AttributeUpdates).every((one) => one.Action === 'DELETE')
    : body.UpdateExpression && !/\b(SET|ADD)\b/i.test(body.UpdateExpression);

const X = (kind) => `Invalid ${kind}Expression: `;
const one = (message) => `1 validation error detected: ${message}`;
const syntax = /^(Invalid [A-Za-z]+Expression: Syntax error; )Expected .* found\.$/s;
const currentValues = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'GetItem', 'BatchGetItem', 'Query']);
const returnValues = 'Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]';
/** Hashes of structures are anybody's: the comparison takes them out (essence). */
const echo = (items) => `{${Object.entries(items).map(([name, list]) => `${name}=[${list.map(() => 'com.amazonaws.dynamodb.v20120810.WriteRequest@').join(', ')}]`).join(', ')}}`.slice(0, 4096);
const collection = (type, list) => {
    if (type === 'BS') return list.map((member) => JSON.stringify(member)).join(',');
    const again = list.findIndex((member, at) => list.indexOf(member) < at);
    return [...list.slice(0, again).sort(), ...list.slice(again)].map((member) => JSON.stringify(member)).join(', ');
};

/** Older sentences and their current form (7.1-7.3), where the operation uses the current one. */
function current({ operation, body }, message) {
    const rewrite = [
        [/^Input collection contains duplicates$/, `${W}Input collection contains duplicates.`],
        [/^The parameter cannot be converted to a numeric value$/, 'The parameter cannot be converted to a numeric value: '],
        [/^(Expression[A-Za-z]+ can only be specified when using expressions): .*$/, '$1'],
        [/^(.*)Input collection \[(.*)\](of type BS)? contains duplicates\.$/s, (all, prefix, list, binary) =>
            `${prefix}Input collection [${collection(binary ? 'BS' : 'SS', list.split(', '))}]${binary ?? ''} contains duplicates.`],
    ];
    message = message.replace(/^ExpressionAttributeValues contains invalid value: (.*) for key :\S+$/s, '$1');
    for (const [pattern, by] of rewrite) message = message.replace(pattern, by);
    return message;
}

/** ORACLE_STYLE=legacy: the endpoint speaks as the service did when dynalite was written (section 19). */
const legacy = process.env.ORACLE_STYLE === 'legacy';

const rules = [
    { name: '7.3: syntax errors name the token and what is near', of: ({ body }, theirs, ours) => {
        const found = syntax.exec(theirs.message), said = /; token: "(.*?)", near: "(.*?)"$/s.exec(ours.message ?? '');
        const sources = ['Condition', 'Update', 'Filter', 'Projection', 'KeyCondition'].map((kind) => body[`${kind}Expression`] ?? '')
            .concat(Object.values(body.RequestItems ?? {}).map((part) => part.ProjectionExpression ?? ''));
        return found && said && sources.some((source) => source.includes(said[2])) && (said[1] === '<EOF>' || said[2].includes(said[1])) &&
            refusal(`${found[1]}token: "${said[1]}", near: "${said[2]}"`);
    } },
    { name: '7.2, 7.3: current wording', current: true, of: (request, theirs) =>
        theirs.type === 'ValidationException' && currentValues.has(request.operation) && current(request, theirs.message) !== theirs.message &&
        refusal(current(request, theirs.message)) },
    { name: '7.3: key conditions name their expression', current: true, of: ({ operation, body }, theirs) =>
        operation === 'Query' && body.KeyConditionExpression !== undefined && /^(KeyConditionExpressions |Invalid (operator|condition) in|Invalid operator used in)/.test(theirs.message) &&
        refusal(`${X('KeyCondition')}${theirs.message}`) },
    { name: '7.1: TableName is empty', current: true, of: ({ operation, body }, theirs) =>
        body.TableName === '' && / at 'tableName' /.test(theirs.message) &&
        refusal(one("Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1")) },
    { name: '7.3: Query starts where its conditions hold', of: ({ operation, body, table }, theirs) => {
        if (operation !== 'Query') return undefined;
        if (body.ExclusiveStartKey && !body.IndexName && theirs.message === 'The provided key element does not match the schema')
            return refusal(`The provided starting key is invalid: ${theirs.message}`);
        if (!table.range && !body.IndexName && body.ExclusiveStartKey && theirs.status === 200) return refusal('The query can return at most one row and cannot be restarted');
        const whole = !body.IndexName && body.KeyConditions ? Object.values(body.KeyConditions).every((one) => one.ComparisonOperator === 'EQ') : !body.IndexName && /^[^<>]* = [^<>]* = [^<>]*$/.test(body.KeyConditionExpression);
        return theirs.message === 'The query can return at most one row and cannot be restarted' && !whole && table.range &&
            refusal('The provided starting key is outside query boundaries based on provided conditions');
    } },
    { name: '7.3: conditions are counted', of: ({ operation, body, table }, theirs) => {
        const index = [...table.local, ...table.global].find((one) => one.IndexName === body.IndexName);
        const count = operation === 'Query' && ['Query key condition not supported', ...(body.KeyConditions && !body.IndexName ? [] : ['Conditions can be of length 1 or 2 only'])].includes(theirs.message) && (body.KeyConditionExpression?.split(/\bAND\b/i).length ?? Object.keys(body.KeyConditions).length);
        const keys = index ? index.KeySchema.length : table.range ? 2 : 1;
        if (count && body.ConsistentRead && table.global.includes(index)) return refusal('Consistent reads are not supported on global secondary indexes');
        return count > keys && refusal(`The number of query conditions (${count}) exceeds the number of key attributes defined in the schema (${keys})`);
    } },
    { name: '7.3: a function of the other grammar', of: (request, theirs) => {
        const found = /^(Invalid (\w+)Expression: )Invalid function name; function: (if_not_exists|list_append|size|contains|begins_with|attribute_(?:type|exists|not_exists))$/.exec(theirs.message);
        return found && refusal(`${found[1]}The function is not allowed in ${found[2] === 'Update' ? 'an update' : 'a condition'} expression; function: ${found[3]}`);
    } },
    { name: '7.3: what can be ordered', of: ({ body }, theirs, ours) => {
        const found = /Invalid (\w+)Expression: Incorrect operand type for operator or function; operator or function: ([<>]=?), operand type: (BOOL|NULL|L|M|SS|NS|BS)$/.exec(ours.message);
        const values = Object.values(body.ExpressionAttributeValues ?? {});
        return found && (theirs.type !== 'ValidationException' || / is not valid for \w+ AttributeValue type$/.test(theirs.message)) && body[`${found[1]}Expression`].includes(` ${found[2]} `) && values.some((value) => found[3] in value) &&
            refusal(`Invalid ${found[1]}Expression: Incorrect operand type for operator or function; operator or function: ${found[2]}, operand type: ${found[3]}`);
    } },
    { name: '7.3: what a global index does not hold', of: ({ operation, body, table }, theirs) => {
        const index = (operation === 'Query' || operation === 'Scan') && theirs.status === 200 && table.global.find((one) => one.IndexName === body.IndexName);
        if (!index || index.Projection.ProjectionType === 'ALL' || !body.ProjectionExpression || (body.Select ?? 'SPECIFIC_ATTRIBUTES') !== 'SPECIFIC_ATTRIBUTES') return undefined;
        const held = [...Object.keys(table.types), ...index.KeySchema.map((part) => part.AttributeName), ...(index.Projection.NonKeyAttributes ?? [])];
        const names = body.ProjectionExpression.split(',').map((path) => path.trim().split(/[.[]/)[0]).map((name) => body.ExpressionAttributeNames?.[name] ?? name);
        const lacks = names.filter((name) => !held.includes(name));
        return lacks.length && refusal(`${W}Global secondary index ${index.IndexName} does not project [${lacks.join(', ')}]`);
    } },
    { name: '7.3: a consistent Scan of a global index', of: ({ operation, body, table }, theirs) =>
        operation === 'Scan' && body.ConsistentRead && table.global.some((one) => one.IndexName === body.IndexName) &&
        (theirs.status === 200 || keyPath.test(theirs.message)) && refusal('Consistent reads are not supported on global secondary indexes') },
    { name: '7.1: Limit of Query', current: true, of: ({ operation, body }, theirs) =>
        operation === 'Query' && /^1 .* at 'limit' /.test(theirs.message) && refusal(one("Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1")) },
    { name: '7.1: ReturnValues', current: true, of: ({ operation }, theirs) =>
        enveloped.has(operation) && /^1 .* at 'returnValues' /.test(theirs.message) && refusal(one(returnValues)) },
    { name: '7.1: RequestItems of BatchGetItem', current: true, of: ({ operation, body }, theirs) => {
        if (operation !== 'BatchGetItem' || !/^1 validation error detected: /.test(theirs.message)) return undefined;
        if (!Object.keys(body.RequestItems ?? { no: 1 }).length) return refusal(one("Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"));
        const long = Object.keys(body.RequestItems ?? {}).find((name) => body.RequestItems[name].Keys?.length > 100);
        return long && refusal(one(`Value at 'RequestItems.${long}.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100`));
    } },
    { name: '19: no tables in the wording of 2020', of: ({ operation, body }, theirs) => legacy && operation === 'BatchGetItem' && /^1 /.test(theirs.message) &&
        text(body.RequestItems) === '{}' && refusal('The requestItems parameter is required for BatchGetItem') },
    { name: '7.4: too many keys in the wording of 2020', of: ({ operation }, theirs) => legacy && operation === 'BatchGetItem' &&
        /^1 validation error detected: .* at 'requestItems\.\w+\.member\.keys' failed to satisfy constraint: Member must have length less than or equal to 100$/s.test(theirs.message) &&
        refusal('Too many items requested for the BatchGetItem call') },
    { name: '7.1: RequestItems of BatchWriteItem', of: ({ operation, body }, theirs) =>
        operation === 'BatchWriteItem' && /^1 /.test(theirs.message) && text(body.RequestItems) === '{}' && refusal('The requestItems parameter is required for BatchWriteItem') },
    { name: '7.1: how a batch is echoed', of: ({ operation, body }, theirs) => {
        const found = operation === 'BatchWriteItem' && /^1 validation error detected: Value '(.*)' at 'requestItems' (failed .*)$/s.exec(theirs.message);
        return found && refusal(one(`Value '${echo(body.RequestItems)}' at 'requestItems' ${found[2]}`));
    } },
    { name: '6.1: the size of an item is told behind the request', of: ({ fault }, theirs, ours) =>
        fault === 'a large item' && theirs.message === 'Item size has exceeded the maximum allowed size' && /^1 validation error detected: /.test(ours.message) && ours },
    { name: '7.4: an empty key attribute', of: (request, theirs) =>
        theirs.message?.startsWith(`${W}The AttributeValue for a key attribute cannot contain an empty`) &&
        refusal(`One or more parameter values are not valid. ${theirs.message.slice(W.length)}`) },
    { name: '7.3: Select and projections', of: ({ operation, body }, theirs) => {
        if (theirs.type === 'SerializationException' || /^\d+ validation/.test(theirs.message) || (operation !== 'Query' && operation !== 'Scan')) return undefined;
        if (operation === 'Scan' && /^(Can not use|Expression|ConditionalOperator|One or more|The (provided|parameter)|Number|Attempting|Supplied|Input|Nesting|The BETWEEN)/.test(theirs.message) &&
            !deeper.some((start) => theirs.message.startsWith(start))) return undefined;
        const member = body.ProjectionExpression != null ? 'ProjectionExpression' : 'AttributesToGet', projected = body[member] != null;
        if (body.Select === 'SPECIFIC_ATTRIBUTES' && !projected)
            return refusal('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES');
        if (projected && body.Select && body.Select !== 'SPECIFIC_ATTRIBUTES') return refusal(`Cannot specify the ${member} when choosing to get ${body.Select}`);
        if (body.Select === 'ALL_PROJECTED_ATTRIBUTES' && body.IndexName == null)
            return refusal(`${operation === 'Query' && !legacy ? '1 validation error detected: ' : ''}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`);
        return undefined;
    } },
    { name: '14: arguments of Expected have types', of: ({ body }, theirs, ours) => {
        const found = /ComparisonOperator (\w+) is not valid for (\w+) AttributeValue type$/.exec(ours.message);
        return found && theirs.type !== 'SerializationException' && (!isRequestFault(theirs) || / for Attribute: |argument\(s\)|same type|lower bound/.test(theirs.message)) && Object.values(body.Expected ?? {}).some((one) => one.ComparisonOperator === found[1] &&
            [one.Value, ...(one.AttributeValueList ?? [])].some((value) => value && found[2] in value)) && refusal(`${W}ComparisonOperator ${found[1]} is not valid for ${found[2]} AttributeValue type`);
    } },
    { name: '7.3: ConditionalOperator is a non-expression parameter', of: ({ body }, theirs) => body.ConditionalOperator && body.Expected &&
        / Non-expression parameters: \{[^}]*Expected\} /.test(theirs.message) && refusal(theirs.message.replace('Expected}', 'Expected, ConditionalOperator}')) },
    { name: '14: ConditionalOperator has conditions to join', of: ({ body }, theirs) =>
        body.ConditionalOperator && !body.Expected && !body.QueryFilter && !body.ScanFilter && !mixed.test(theirs.message) &&
        theirs.type !== 'SerializationException' && !/^\d+ validation/.test(theirs.message) && refusal('ConditionalOperator cannot be used without Filter or Expected') },
    { name: '7.3: ConditionalOperator joins two or more', of: ({ body }, theirs) => {
        const conditions = body.Expected ?? body.QueryFilter ?? body.ScanFilter;
        return body.ConditionalOperator && conditions && Object.keys(conditions).length < 2 && !mixed.test(theirs.message) && theirs.type !== 'SerializationException' &&
            !/^\d+ validation/.test(theirs.message) && refusal('ConditionalOperator can only be used when Filter or Expected has two or more elements');
    } },
    { name: '6.1: messages of the request stand in an envelope', current: true, of: ({ operation }, theirs) =>
        enveloped.has(operation) && isRequestFault(theirs) && refusal(`1 validation error detected: ${theirs.message}`) },
    { name: '11: writes cost what their indexes cost', of: ({ operation, table }, theirs, ours) =>
        enveloped.has(operation) && theirs.status === 200 && theirs.body.ConsumedCapacity && (table.local.length || table.global.length) &&
        { ...theirs, body: { ...theirs.body, ConsumedCapacity: dearer(ours.body.ConsumedCapacity, theirs.body.ConsumedCapacity) } } },
    { name: '11: batch writes cost what their indexes cost', of: ({ operation }, theirs, ours) =>
        operation === 'BatchWriteItem' && theirs.status === 200 && theirs.body.ConsumedCapacity && ours.body.ConsumedCapacity &&
        { ...theirs, body: { ...theirs.body, ConsumedCapacity: theirs.body.ConsumedCapacity.map((one) =>
            dearer(ours.body.ConsumedCapacity.find((other) => other.TableName === one.TableName), one)) } } },
    { name: '11: a consistent Scan costs twice', of: ({ operation, body }, theirs) =>
        operation === 'Scan' && body.ConsistentRead && theirs.status === 200 && theirs.body.ConsumedCapacity &&
        { ...theirs, body: { ...theirs.body, ConsumedCapacity: double(theirs.body.ConsumedCapacity) } } },
    { name: '11: each item fetched for a local index is rounded up', of: ({ operation, body, table }, theirs, ours) => {
        const one = ours.body.ConsumedCapacity, two = theirs.body.ConsumedCapacity;
        return (operation === 'Query' || operation === 'Scan') && body.Select === 'ALL_ATTRIBUTES' && one && two && isFull(one) &&
            table.local.some((index) => index.IndexName === body.IndexName && index.Projection.ProjectionType !== 'ALL') &&
            one.CapacityUnits >= two.CapacityUnits && text(one.LocalSecondaryIndexes) === text(two.LocalSecondaryIndexes) &&
            one.CapacityUnits >= theirs.body.ScannedCount * (body.ConsistentRead ? 1 : 0.5) && { ...theirs, body: { ...theirs.body, ConsumedCapacity: one } };
    } },
    { name: '4.1: pages cost the bytes of their items', of: (request, theirs, ours) => {
        const one = ours.body.ConsumedCapacity, two = theirs.body.ConsumedCapacity, step = request.body.ConsistentRead ? 1 : 0.5;
        if ((request.operation !== 'Query' && request.operation !== 'Scan') || !one || !two || one.CapacityUnits === two.CapacityUnits || !isFull(one)) return undefined;
        const counted = unitsOf(request, ours);
        return (counted === undefined ? Math.abs(one.CapacityUnits - two.CapacityUnits) === step : one.CapacityUnits === counted) &&
            { ...theirs, body: { ...theirs.body, ConsumedCapacity: one } };
    } },
    { name: '11: item collections are measured', of: ({ operation, table, body }, theirs) => {
        if (!enveloped.has(operation) || theirs.status !== 200 || body.ReturnItemCollectionMetrics !== 'SIZE' || !table.local.length) return undefined;
        const key = (body.Key ?? body.Item)[table.hash];
        return { ...theirs, body: { ...theirs.body, ItemCollectionMetrics: { ItemCollectionKey: { [table.hash]: key }, SizeEstimateRangeGB: [0, 1] } } };
    } },
    { name: '7.4: an update that spoils an index key is told when it runs', of: ({ operation }, theirs, ours) =>
        operation === 'UpdateItem' && theirs.message?.startsWith(`${W}Type mismatch for Index Key`) &&
        ['The update expression attempted to update the secondary index key to unsupported type', 'The conditional request failed', ...running]
            .includes(ours.message) && ours },
    { name: '7.4: an index key that an update does not touch after all', of: ({ operation, body }, theirs, ours) =>
        operation === 'UpdateItem' && theirs.message?.startsWith(`${W}Type mismatch for Index Key`) && ours.status === 200 && /if_not_exists/.test(body.UpdateExpression ?? '') && ours },
    { name: '6.1: documents in keys are told before an update runs', of: ({ operation }, theirs, ours) =>
        operation === 'UpdateItem' && theirs.message?.startsWith(`${W}Type mismatch for Index Key`) && keyPath.test(ours.message) && ours },
    { name: '9: no Attributes where nothing was touched', of: ({ operation, body }, theirs) =>
        operation === 'UpdateItem' && theirs.status === 200 && /^UPDATED/.test(body.ReturnValues) && text(theirs.body.Attributes) === '{}' &&
        { ...theirs, body: { ...theirs.body, Attributes: undefined } } },
    { name: '6: the first of several errors in one update is open', of: ({ operation, body }, theirs, ours) =>
        operation === 'UpdateItem' && running.includes(theirs.message) && running.includes(ours.message) && actions(body) > 1 && ours },
    { name: '6: the first of several documents in keys is open', of: (request, theirs, ours) =>
        keyPath.test(theirs.message) && keyPath.test(ours.message) && ours },
    { name: '8.3: REMOVE and DELETE make no item', of: ({ operation, body }, theirs, ours) =>
        operation === 'UpdateItem' && removes(body) && theirs.status === 200 && ours.status === 200 && !ours.body.Attributes &&
        Object.keys(theirs.body.Attributes ?? {}).every((name) => name in body.Key) && ours.body.ConsumedCapacity?.CapacityUnits !== 0 &&
        { ...theirs, body: { ...theirs.body, Attributes: undefined, ConsumedCapacity: theirs.body.ConsumedCapacity && ours.body.ConsumedCapacity } } },
];

const digits = (text) => {
    const [mantissa, exponent] = text.replace('-', '').toLowerCase().split('e');
    const [whole, fraction = ''] = mantissa.split('.'), point = whole.length + Number(exponent ?? 0), all = whole + fraction;
    const start = all.search(/[1-9]/), end = all.replace(/0+$/, '').length;
    const integer = Math.max(0, Math.min(point, end) - start), rest = Math.max(0, end - Math.max(point, start));
    return start < 0 ? 1 : 1 + Math.ceil(integer / 2) + Math.ceil(rest / 2) + (text.startsWith('-') ? 1 : 0);
};
const bytes = (text) => Buffer.byteLength(text);
/** The size of a value as section 4.1 has it. */
const size = (value) => {
    const [[type, content]] = Object.entries(value), each = { S: bytes, N: digits, B: (text) => Buffer.from(text, 'base64').length };
    if (each[type]) return each[type](content);
    if (type.endsWith('S')) return content.reduce((sum, member) => sum + each[type[0]](member), 0);
    if (type === 'L') return content.reduce((sum, member) => sum + 1 + size(member), 3);
    if (type === 'M') return Object.entries(content).reduce((sum, [name, member]) => sum + 1 + bytes(name) + size(member), 3);
    return 1;
};
const itemSize = (item) => Object.entries(item).reduce((sum, [name, value]) => sum + bytes(name) + size(value), 0);

/** Units of a whole page, counted by section 4.1; dynalite rounds some numbers and counts UTF-16 units. */
function unitsOf({ body }, answer) {
    const whole = answer.body.Items && !body.ProjectionExpression && !body.FilterExpression;
    const units = whole && Math.max(1, Math.ceil(answer.body.Items.reduce((sum, item) => sum + itemSize(item), 0) / 4096));
    return whole ? units * (body.ConsistentRead ? 1 : 0.5) : undefined;
}

/** A page that found nothing costs as much as one that found little (section 11). */
export function adaptPage(operation, body, answer) {
    const capacity = answer.body.ConsumedCapacity;
    if (answer.status !== 200 || !capacity || capacity.CapacityUnits !== 0) return;
    const least = body.ConsistentRead && operation !== 'Scan' ? 1 : 0.5, of = capacity.LocalSecondaryIndexes ?? capacity.GlobalSecondaryIndexes;
    capacity.CapacityUnits = least;
    if (of) of[body.IndexName].CapacityUnits = least;
    else if (capacity.Table) capacity.Table.CapacityUnits = least;
}

/** What we should answer. */
export function adapt(request, ours, theirs) {
    let answer = theirs;
    for (const rule of rules) {
        if (legacy && rule.current) continue;
        const next = rule.of(request, answer, ours);
        if (!next) continue;
        used.set(rule.name, (used.get(rule.name) ?? 0) + 1);
        answer = next;
    }
    return answer;
}
