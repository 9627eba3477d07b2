// What the peers that use the AWS SDK share: where to connect, and how a test says its result.
export const [endpoint] = process.argv.slice(2);
export const options = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'AKIDPEER', secretAccessKey: 'peersecret' }, maxAttempts: 2 };

export async function test(name, body) {
    try {
        await body();
        console.log(`ok ${name}`);
    } catch (error) {
        console.log(`not ok ${name}`);
        console.log(String(error.stack).split('\n').slice(0, 12).map((line) => `  ${line}`).join('\n'));
        process.exitCode = 1;
    }
}
