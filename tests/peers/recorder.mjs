// A proxy that keeps what passes: which operation (or method and path) with which body, in the order of the requests.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** Listens on loopback, or on a unix socket; upstream is an address or the path of a socket. */
export async function record(upstream, listenOn) {
    const calls = [];
    const to = upstream.startsWith('http') ? new URL(upstream) : { socketPath: upstream };
    const server = http.createServer((request, response) => {
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            const body = Buffer.concat(parts);
            const target = request.headers['x-amz-target'];
            if (target) calls.push({ operation: target.split('.').pop(), body: JSON.parse(body.toString()) });
            else calls.push({ operation: `${request.method} ${request.url}`, body: body.length > 0 ? JSON.parse(body.toString()) : undefined });
            const forward = http.request({ agent, host: to.hostname, port: to.port, socketPath: to.socketPath, method: request.method,
                path: request.url, headers: request.headers }, (answer) => {
                response.writeHead(answer.statusCode, answer.headers);
                answer.pipe(response);
            });
            forward.on('error', () => response.destroy());
            forward.end(body);
        });
    });
    await new Promise((resolve) => listenOn ? server.listen(listenOn, resolve) : server.listen(0, '127.0.0.1', resolve));
    return {
        calls,
        address: listenOn ? listenOn : `http://127.0.0.1:${server.address().port}`,
        take: () => calls.splice(0),
        close() {
            server.close();
            server.closeAllConnections();
        },
    };
}
