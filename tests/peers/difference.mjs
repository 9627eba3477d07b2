/** Where expected and actual part, or null. */
export function difference(expected, actual, at = '') {
    if (typeof expected === 'function') return expected(actual) ? null : `${at}: ${JSON.stringify(actual)} does not pass`;
    if (expected instanceof RegExp) return expected.test(actual) ? null : `${at}: ${JSON.stringify(actual)} is not like ${expected}`;
    if (expected === null || typeof expected !== 'object')
        return expected === actual ? null : `${at}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
    if (actual === null || typeof actual !== 'object' || Array.isArray(actual) !== Array.isArray(expected))
        return `${at}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
    for (const member of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
        if (!(member in expected)) return `${at}.${member} is sent: ${JSON.stringify(actual[member])}`;
        if (!(member in actual)) return `${at}.${member} is not sent`;
        const why = difference(expected[member], actual[member], `${at}.${member}`);
        if (why) return why;
    }
    return null;
}
