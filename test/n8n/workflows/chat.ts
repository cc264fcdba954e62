import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as wholeText } from 'node:stream/consumers';

/** A chat that takes messages by a webhook, as Slack does. */
export class Chat {
	/** What has arrived, oldest first. */
	readonly messages: string[] = [];
	/** Whether it refuses what it is sent. */
	isDown = false;
	/** It answers when this has come to pass. */
	private answering: Promise<unknown> = Promise.resolve();

	private constructor(private readonly server: Server) {}

	static async start(): Promise<Chat> {
		const server = createServer();
		const chat = new Chat(server);
		server.on('request', (incoming, response) => {
			void wholeText(incoming).then(async (body) => {
				if (chat.isDown) return response.writeHead(503).end('down');
				chat.messages.push((JSON.parse(body) as { text: string }).text);
				await chat.answering;
				return response.end('ok');
			});
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return chat;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks/payments`;
	}

	/** Those about one thing. */
	about(what: string): string[] {
		return this.messages.filter((message) => message.includes(what));
	}

	/** From now on messages arrive, and their sender hears nothing. @returns what ends that */
	keepWaiting(): () => void {
		const { promise, resolve } = Promise.withResolvers<null>();
		this.answering = promise;
		return () => resolve(null);
	}

	async stop(): Promise<void> {
		const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
		this.server.closeAllConnections();
		await closed;
	}
}
