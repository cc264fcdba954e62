import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a model does when it is asked: it speaks, or it wants a tool to be called. */
export type Move = { say: string } | { call: object; tool?: string };

/** What a model is told when it is asked for its next move. */
export interface Turn {
	/** The names of the tools that it has. */
	tools: string[];
	/** The names of what it may give to the first of them. */
	arguments: string[];
	/** What the tools have answered so far, in order. */
	answers: unknown[];
	/** Everything, as it came. */
	request: ResponsesRequest;
}

interface ResponsesRequest {
	stream?: boolean;
	input: { type?: string; role?: string; output?: string; content?: unknown }[];
	tools?: { name: string; parameters?: { properties?: Record<string, unknown> } }[];
}

/** A language model that follows a script, behind OpenAI's Responses API, which n8n's OpenAI Chat Model speaks. */
export class ScriptedModel {
	readonly url: string;
	/** Every turn since the start, oldest first. */
	readonly turns: Turn[] = [];
	private script: (turn: Turn) => Move = () => ({ say: 'I have no script.' });

	static async start(): Promise<ScriptedModel> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return new ScriptedModel(server);
	}

	private constructor(private readonly server: Server) {
		this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
		server.on('request', (incoming, response) => void this.serve(incoming, response));
	}

	/** From now on it does what the script says. */
	follow(script: (turn: Turn) => Move): void {
		this.script = script;
		this.turns.length = 0;
	}

	async stop(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
		if (incoming.url !== '/v1/responses') {
			response.writeHead(404).end();
			return;
		}
		const request = JSON.parse(await textOf(incoming)) as ResponsesRequest;
		const turn = turnOf(request);
		this.turns.push(turn);
		const answer = answerOf(this.script(turn), this.turns.length);
		if (request.stream) stream(answer, response);
		else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
	}
}

async function textOf(incoming: IncomingMessage): Promise<string> {
	let text = '';
	for await (const piece of incoming.setEncoding('utf8')) text += piece as string;
	return text;
}

function turnOf(request: ResponsesRequest): Turn {
	const tools = request.tools ?? [];
	return {
		request,
		tools: tools.map(({ name }) => name),
		arguments: Object.keys(tools[0]?.parameters?.properties ?? {}),
		answers: request.input.flatMap(({ type, output }) =>
			type === 'function_call_output' ? [JSON.parse(output ?? 'null') as unknown] : [],
		),
	};
}

/** The name under which n8n offers the tool node of the first example. */
const TOOL = 'Charge_an_Invoice';

function answerOf(move: Move, turn: number) {
	const output =
		'say' in move
			? {
					type: 'message',
					id: `msg_${turn}`,
					role: 'assistant',
					status: 'completed',
					content: [{ type: 'output_text', text: move.say, annotations: [] }],
				}
			: {
					type: 'function_call',
					id: `fc_${turn}`,
					call_id: `call_${turn}`,
					name: move.tool ?? TOOL,
					arguments: JSON.stringify(move.call),
					status: 'completed',
				};
	return {
		id: `resp_${turn}`,
		object: 'response',
		created_at: 1_770_000_000,
		model: 'scripted',
		status: 'completed',
		error: null,
		incomplete_details: null,
		parallel_tool_calls: false,
		output: [output],
		usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
	};
}

/** The same in pieces, as OpenAI sends it to who asks for a stream. */
function stream(answer: ReturnType<typeof answerOf>, response: ServerResponse): void {
	const [item] = answer.output;
	const started = { ...answer, status: 'in_progress', output: [] };
	const place = { output_index: 0, item_id: item!.id };
	const isCall = 'arguments' in item!;
	const pieces = isCall
		? [{ type: 'response.function_call_arguments.delta', ...place, delta: item.arguments }]
		: item!.content.map(({ text }) => ({
				type: 'response.output_text.delta',
				...place,
				content_index: 0,
				delta: text,
			}));
	const opened = isCall ? { ...item, arguments: '' } : { ...item, content: [] };
	const events = [
		{ type: 'response.created', response: started },
		{ type: 'response.output_item.added', output_index: 0, item: opened },
		...pieces,
		{ type: 'response.output_item.done', output_index: 0, item },
		{ type: 'response.completed', response: answer },
	];
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	events.forEach((event, index) => {
		response.write(
			`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: index })}\n\n`,
		);
	});
	response.end();
}
