// The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter, AttributesToGet.
import { Requests } from './oracle_requests.mjs';

const names = ['a', 'n', 'g', 'b', 'c', 'd', 'l', 'm', 's', 'size', 'x.y'];
/** Not NOT_CONTAINS: dynalite finds it where the attribute is missing. */
const counts = { NULL: 0, NOT_NULL: 0, EQ: 1, NE: 1, LE: 1, LT: 1, GE: 1, GT: 1, CONTAINS: 1, BEGINS_WITH: 1, BETWEEN: 2 };
const types = { EQ: ['S', 'N', 'B', 'SS', 'NS', 'BS'], NE: ['S', 'N', 'B', 'SS', 'NS', 'BS'], BEGINS_WITH: ['S', 'B'] };

export class LegacyRequests extends Requests {
    /** ComparisonOperator with as many arguments of one type as it takes; odd ones now and then. */
    comparison() {
        const { random } = this;
        const ComparisonOperator = random.one([...Object.keys(counts), 'IN']);
        let count = counts[ComparisonOperator] ?? 1 + random.below(3);
        if (random.chance(0.05)) count = random.below(4);
        /* EQ and NE take every type here, and not all in filters of dynalite. */
        const type = random.one(random.chance(0.03) && !/^(EQ|NE)$/.test(ComparisonOperator) ? ['BOOL', 'L', 'NS', 'M', 'NULL'] : types[ComparisonOperator] ?? ['S', 'N', 'B']);
        const list = Array.from({ length: count }, () => this.valueOfType(random.chance(0.03) ? 'S' : type));
        if (ComparisonOperator === 'BETWEEN' && count === 2 && ['S', 'N', 'B'].includes(type) && list.every((one) => type in one) && random.chance(0.9))
            list.sort((x, y) => type === 'N' ? x.N - y.N : Buffer.compare(Buffer.from(x[type], type === 'B' ? 'base64' : 'utf8'), Buffer.from(y[type], type === 'B' ? 'base64' : 'utf8')));
        return { ComparisonOperator, ...(count || random.chance(0.2) ? { AttributeValueList: list } : {}) };
    }

    conditions(request, member, wanted) {
        request[member] = Object.fromEntries(this.random.some(wanted, 1, 3).map((name) => [name, this.comparison()]));
        this.operator(request, member);
    }

    operator(request, member) {
        if (Object.keys(request[member]).length > 1 ? this.random.chance(0.5) : this.random.chance(0.03)) request.ConditionalOperator = 'AND'; // of OR dynalite sees the first condition only
    }

    expected(request) {
        const { random } = this;
        const scalar = () => this.valueOfType(random.one(['S', 'N', 'B', 'SS', 'NS', 'BOOL', 'NULL']));
        request.Expected = Object.fromEntries(random.some(names, 1, 3).map((name) => [name, random.one([() => ({ Value: scalar() }), () => ({ Exists: false }),
            () => ({ Value: scalar() }), () => this.comparison(), () => this.comparison(),
            () => ({ ComparisonOperator: random.one(['EQ', 'NE', 'LT', 'GE']), Value: this.ordered() }),
            () => (random.chance(0.3) ? random.one([{}, { Exists: true }, { Exists: false, Value: { S: 'x' } }, { Value: { S: 'x' }, AttributeValueList: [] }, { AttributeValueList: [{ S: 'x' }] },
                { Exists: true, ComparisonOperator: 'NULL' }, { ComparisonOperator: 'EQ' }]) : { Value: scalar() })])()]));
        this.operator(request, 'Expected');
    }

    write(request, returns) {
        this.common(request);
        if (this.random.chance(0.5)) request.ReturnValues = this.random.one(returns);
        if (this.random.chance(0.5)) this.expected(request);
        return request;
    }

    updateItem(table) {
        const { random } = this;
        const request = { TableName: table.name, Key: this.keyOf(table), AttributeUpdates: {} };
        for (const name of random.some(names.filter((one) => !(one in table.types)), 1, 4)) {
            const Action = random.one(['PUT', 'ADD', 'DELETE', undefined]);
            const put = () => (table.keyTypes[name] ? this.indexValue(table.keyTypes[name]) : this.value());
            const add = () => this.valueOfType(table.keyTypes[name] === 'S' ? 'S' : random.one(table.keyTypes[name] ? ['N'] : ['N', 'NS', 'SS', 'L', 'BS', 'S']));
            const Value = Action === 'ADD' ? add() : Action !== 'DELETE' ? put() : random.chance(0.4) && !table.keyTypes[name] ? this.valueOfType(random.one(['NS', 'SS', 'BS', 'S'])) : undefined;
            request.AttributeUpdates[name] = { ...(Action ? { Action } : {}), ...(Value && !random.chance(0.02) ? { Value } : {}) };
        }
        return this.write(request, ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW']);
    }

    toGet(request, wanted = names) {
        request.AttributesToGet = this.random.some(wanted, 1, 4);
        if (this.random.chance(0.03)) request.AttributesToGet.push(request.AttributesToGet[0]);
    }

    getItem(table) {
        const request = this.common(this.read({ TableName: table.name, Key: this.keyOf(table) }));
        this.toGet(request);
        return request;
    }

    batchGet() {
        const request = super.batchGet();
        for (const part of Object.values(request.RequestItems)) {
            delete part.ProjectionExpression;
            delete part.ExpressionAttributeNames;
            if (this.random.chance(0.6)) this.toGet(part);
        }
        return request;
    }

    page(table, request, source, keys) {
        const { random } = this;
        const whole = !source || source.Projection.ProjectionType === 'ALL';
        if (random.chance(0.5)) this.conditions(request, keys.length ? 'QueryFilter' : 'ScanFilter', names.filter((name) => !keys.includes(name) || random.chance(0.01)));
        if (random.chance(0.3)) request.Limit = 1 + random.below(6);
        if (whole && random.chance(0.3)) this.toGet(request);
        return this.common(request);
    }

    query(table) {
        const { random } = this;
        const source = this.source(table);
        const schema = source?.KeySchema ?? [{ AttributeName: table.hash }, ...(table.range ? [{ AttributeName: table.range }] : [])];
        const [hash, range] = schema.map((part) => part.AttributeName);
        const request = { TableName: table.name, ...(source ? { IndexName: source.IndexName } : {}), KeyConditions: {
            [hash]: { ComparisonOperator: random.chance(0.03) ? this.comparison().ComparisonOperator : 'EQ', AttributeValueList: [this.keyValue(table.keyTypes[hash])] } } };
        if (range && random.chance(0.7)) {
            const type = table.keyTypes[range];
            const ComparisonOperator = random.one(['EQ', 'LT', 'LE', 'GT', 'GE', ...(type === 'N' ? [] : ['BEGINS_WITH']), ...(random.chance(0.05) ? ['NE', 'CONTAINS'] : [])]);
            request.KeyConditions[range] = { ComparisonOperator, AttributeValueList: [this.keyValue(random.chance(0.03) ? 'S' : type)] };
        }
        if (random.chance(0.02)) request.KeyConditions.zz = { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'x' }] };
        if (random.chance(0.5)) request.ScanIndexForward = random.chance(0.5);
        return this.page(table, request, source, schema.map((part) => part.AttributeName));
    }

    scan(table) {
        const source = this.source(table);
        return this.page(table, { TableName: table.name, ...(source ? { IndexName: source.IndexName } : {}) }, source, []);
    }

    batchWrite() {
        this.begin();
        return super.batchWrite();
    }

    finish(request) {
        return request;
    }
}
