import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { useStoppables } from '../stripe/api/stopAfterEach';
import { freePort, listen } from './ports';
import { TcpProxy } from './tcpProxy';
import { until } from './until';

const { keep } = useStoppables();

/** Echoes everything it receives, and records it. */
class Echo {
	received = '';
	/** Number of open connections. */
	open = 0;
	private readonly sockets = new Set<Socket>();

	static async start(): Promise<Echo> {
		const server = net.createServer();
		const port = await freePort();
		await listen(server, port);
		return new Echo(server, port);
	}

	private constructor(
		private readonly server: Server,
		readonly port: number,
	) {
		server.on('connection', (socket) => {
			this.open++;
			this.sockets.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => this.open--);
			socket.on('data', (piece: Buffer) => {
				this.received += piece.toString();
				socket.write(piece);
			});
		});
	}

	async stop(): Promise<void> {
		for (const socket of this.sockets) socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

class Caller {
	got = '';
	/** The code of the error that ended the connection, or 'closed'. */
	readonly ended: Promise<string>;

	constructor(readonly socket: Socket) {
		socket.on('data', (piece: Buffer) => (this.got += piece.toString()));
		this.ended = new Promise((resolve) => {
			socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
			socket.on('close', () => resolve('closed'));
		});
	}

	/** Sends a text and waits for its echo. */
	async say(text: string): Promise<void> {
		const before = this.got;
		this.socket.write(text);
		await until(`the echo of ${text}`, () => this.got === before + text);
	}

	async stop(): Promise<void> {
		this.socket.destroy();
	}
}

async function call(port: number): Promise<Caller> {
	const socket = net.connect(port, '127.0.0.1');
	await once(socket, 'connect');
	return keep(new Caller(socket));
}

async function lines() {
	const echo = keep(await Echo.start());
	const proxy = keep(await TcpProxy.to('127.0.0.1', echo.port));
	const caller = await call(proxy.port);
	// The operating system accepts a connection before the proxy is notified.
	await until('a client that is led on', () => proxy.open === 1 && echo.open === 1);
	return { echo, proxy, caller };
}

/** ms to wait for data that must not arrive. */
const A_WHILE = 60;

describe('what a proxy counts', () => {
	it('bytes, connections and round trips', async () => {
		const { proxy, caller } = await lines();
		await caller.say('one');
		await caller.say('second');
		const other = await call(proxy.port);
		await other.say('3');
		expect(proxy).toMatchObject({ roundTrips: 3, connections: 2, open: 2 });
		expect(proxy).toMatchObject({ bytesToServer: 10, bytesToClient: 10, cuts: 0 });
	});

	it('passes the end of a connection on, after its last bytes', async () => {
		const { echo, proxy, caller } = await lines();
		caller.socket.end('bye');
		expect(await caller.ended).toBe('closed');
		expect(caller.got).toBe('bye');
		await until('both closed', () => echo.open === 0 && proxy.open === 0);
	});
});

describe('cutting an answer', () => {
	it('lets the server execute and resets the client', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.cutBeforeAnswer();
		caller.socket.write('work');
		expect(await caller.ended).toBe('ECONNRESET');
		expect(echo.received).toBe('work');
		expect(caller.got).toBe('');
		expect(proxy).toMatchObject({ cuts: 1, roundTrips: 1, bytesToServer: 4, bytesToClient: 0 });
		await until('closed at the server', () => echo.open === 0);
	});

	it('affects the nth response, across connections, and only that one', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.cutBeforeAnswer(3);
		await caller.say('1');
		await (await call(proxy.port)).say('2');
		caller.socket.write('3');
		expect(await caller.ended).toBe('ECONNRESET');
		await (await call(proxy.port)).say('4');
		expect(echo.received).toBe('1234');
	});

	it('affects the matching request, even if it arrives in pieces', async () => {
		const { proxy, caller } = await lines();
		proxy.cutAnswerWhen((request) => request.includes('INSERT'));
		await caller.say('SELECT');
		await caller.say('INS');
		await caller.say('ERT');
		proxy.hold('answers');
		caller.socket.write('INS');
		await until('passed on', () => proxy.bytesToServer === 15);
		caller.socket.write('ERT');
		await until('passed on', () => proxy.bytesToServer === 18);
		proxy.release();
		expect(await caller.ended).toBe('ECONNRESET');
		expect(caller.got).toBe('SELECTINSERT');
	});

	it('waits for the whole response if its length is given', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.cutAnswerWhen(() => true, { whole: (answer) => answer.includes('.') });
		caller.socket.write('begun');
		await until('heard', () => echo.received === 'begun');
		await pause(A_WHILE);
		expect(proxy.cuts).toBe(0);
		caller.socket.write(' and done.');
		expect(await caller.ended).toBe('ECONNRESET');
		expect(echo.received).toBe('begun and done.');
		expect(caller.got).toBe('');
	});

	it('can be cancelled', async () => {
		const { proxy, caller } = await lines();
		proxy.cutBeforeAnswer();
		proxy.cutBeforeRequest();
		proxy.disarm();
		await caller.say('hello');
	});
});

describe('cutting a request', () => {
	it('resets the client, and the server receives nothing', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.cutBeforeRequest(2);
		await caller.say('heard');
		caller.socket.write('unheard');
		expect(await caller.ended).toBe('ECONNRESET');
		await until('closed at the server', () => echo.open === 0);
		expect(echo.received).toBe('heard');
		expect(proxy.cuts).toBe(1);
	});

	it('affects the matching request', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.cutRequestWhen((request) => request.includes('INSERT'), { nth: 2 });
		await caller.say('INSERT 1');
		await caller.say('SELECT');
		caller.socket.write('INSERT 2');
		expect(await caller.ended).toBe('ECONNRESET');
		expect(echo.received).toBe('INSERT 1SELECT');
	});
});

describe('sparing a request', () => {
	it('counts it once, in however many pieces it comes', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.cutRequestWhen((request) => request.includes('INSERT'), { nth: 2 });
		proxy.hold('answers');
		caller.socket.write('INSERT 1');
		await until('heard', () => echo.received === 'INSERT 1');
		caller.socket.write(' and more');
		await until('heard', () => echo.received === 'INSERT 1 and more');
		proxy.release();
		await until('answered', () => caller.got === 'INSERT 1 and more');
		caller.socket.write('INSERT 2');
		expect(await caller.ended).toBe('ECONNRESET');
		expect(echo.received).toBe('INSERT 1 and more');
	});
});

describe('silencing', () => {
	it('holds everything, of old and new connections, and delivers it later', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.hold();
		const late = await call(proxy.port);
		caller.socket.write('a');
		late.socket.write('b');
		await pause(A_WHILE);
		expect(echo.received).toBe('');
		proxy.release();
		await until('both echoes', () => caller.got === 'a' && late.got === 'b');
	});

	it('holds responses only, so that the command is executed', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.hold('answers');
		caller.socket.write('work');
		await until('heard', () => echo.received === 'work');
		await pause(A_WHILE);
		expect(caller.got).toBe('');
		proxy.release();
		await until('the echo', () => caller.got === 'work');
	});

	it('delivers what a client sent before it gave up', async () => {
		const { echo, proxy, caller } = await lines();
		proxy.hold('requests');
		caller.socket.end('late');
		await pause(A_WHILE);
		expect(echo.received).toBe('');
		proxy.release();
		await until('heard', () => echo.received === 'late');
	});
});

describe('a proxy that is down', () => {
	it('refuses new connections, keeps the old ones, and accepts again on the same port', async () => {
		const { proxy, caller } = await lines();
		proxy.refuse();
		await expect(call(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
		await caller.say('still there');
		await proxy.accept();
		await (await call(proxy.port)).say('back');
	});

	it('resets what is open', async () => {
		const { proxy, caller } = await lines();
		proxy.reset();
		expect(await caller.ended).toBe('ECONNRESET');
		await (await call(proxy.port)).say('next');
	});

	it('resets a client whose server is down', async () => {
		const { echo, caller, proxy } = await lines();
		await caller.say('hello');
		await echo.stop();
		const next = keep(new Caller(net.connect(proxy.port, '127.0.0.1')));
		expect(await next.ended).toBe('ECONNRESET');
	});
});
