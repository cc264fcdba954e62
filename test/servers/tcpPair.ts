import type { Socket } from 'node:net';

/** The direction of the data: requests from the client to the server, answers back. */
export type Flow = 'requests' | 'answers';

/** Decides whether the data of a pair is forwarded. */
export interface Judge {
	/** Called for each chunk of a request: may it be forwarded to the server? */
	request(exchange: Exchange): boolean;
	/**
	 * Called at the start of an answer. True forwards it to the client; a function swallows it until the function
	 * returns true for the complete answer.
	 */
	answer(exchange: Exchange): true | ((answer: Buffer) => boolean);
	passed(flow: Flow, bytes: number): void;
	cut(): void;
}

/** A request and its answer. */
export class Exchange {
	private readonly pieces: Buffer[] = [];

	/** All bytes of the request received so far. */
	get request(): Buffer {
		return Buffer.concat(this.pieces);
	}

	add(piece: Buffer): void {
		this.pieces.push(piece);
	}
}

/** A client connection and its server connection. When one side ends or breaks, so does the other. */
export class TcpPair {
	/** Resolves when both sides are closed. */
	readonly gone: Promise<unknown>;
	private exchange = new Exchange();
	private answering = false;
	private swallowing?: { pieces: Buffer[]; isWhole: (answer: Buffer) => boolean };

	constructor(
		private readonly client: Socket,
		private readonly server: Socket,
		private readonly judge: Judge,
	) {
		client.on('data', (piece: Buffer) => this.requested(piece));
		server.on('data', (piece: Buffer) => this.answered(piece));
		client.on('end', () => server.end());
		server.on('end', () => {
			if (this.swallowing) this.cut();
			else client.end();
		});
		for (const socket of [client, server]) {
			socket.setNoDelay(true);
			socket.on('error', () => {
				if (this.swallowing) this.cut();
				else this.reset();
			});
		}
		this.gone = Promise.all([client, server].map(closed));
	}

	hold(flow: Flow): void {
		this.source(flow).pause();
	}

	release(flow: Flow): void {
		this.source(flow).resume();
	}

	reset(): void {
		for (const socket of [this.client, this.server]) if (!socket.destroyed) socket.resetAndDestroy();
	}

	private source(flow: Flow): Socket {
		return flow === 'requests' ? this.client : this.server;
	}

	private requested(piece: Buffer): void {
		if (this.answering && !this.swallowing) {
			this.answering = false;
			this.exchange = new Exchange();
		}
		this.exchange.add(piece);
		if (!this.judge.request(this.exchange)) {
			this.cut();
			return;
		}
		this.judge.passed('requests', piece.length);
		this.server.write(piece);
	}

	private answered(piece: Buffer): void {
		if (!this.answering) {
			this.answering = true;
			const verdict = this.judge.answer(this.exchange);
			if (verdict !== true) this.swallowing = { pieces: [], isWhole: verdict };
		}
		if (!this.swallowing) {
			this.judge.passed('answers', piece.length);
			this.client.write(piece);
			return;
		}
		this.swallowing.pieces.push(piece);
		if (this.swallowing.isWhole(Buffer.concat(this.swallowing.pieces))) this.cut();
	}

	private cut(): void {
		this.swallowing = undefined;
		this.judge.cut();
		this.reset();
	}
}

async function closed(socket: Socket): Promise<void> {
	await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
