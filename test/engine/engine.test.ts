import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { isToolType, NodeConnectionTypes } from 'n8n-workflow';
import type { RunOptions, WorkflowJson } from '.';
import {
	CODE,
	connect,
	MERGE,
	NO_OP,
	retryExecution,
	runAsTool,
	runNode,
	runWorkflow,
	START,
	workflowOf,
} from '.';

const { Main } = NodeConnectionTypes;

function nodeType(
	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>,
	description: Partial<INodeTypeDescription> = {},
): INodeType {
	return {
		description: {
			displayName: 'Probe',
			name: 'probe',
			group: ['transform'],
			version: 1,
			description: 'Probes the engine',
			defaults: { name: 'Probe' },
			inputs: [Main],
			outputs: [Main],
			properties: [],
			...description,
		},
		execute,
	};
}

const PROBE = 'test.probe';

/** Runs one node with the given body. */
async function probe(
	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>,
	description: Partial<INodeTypeDescription> = {},
	node: Partial<Parameters<typeof runNode>[0]> = {},
	options: Partial<RunOptions> = {},
) {
	const nodeTypes = { [PROBE]: nodeType(execute, description) };
	return await runNode({ type: PROBE, ...node }, { nodeTypes, ...options });
}

/** Runs a body that only reads its context. */
async function ask(
	question: (context: IExecuteFunctions) => unknown,
	description: Partial<INodeTypeDescription> = {},
	node: Partial<Parameters<typeof runNode>[0]> = {},
	options: Partial<RunOptions> = {},
) {
	const result = await probe(
		async function () {
			return [[{ json: { answer: (await question(this)) as string } }]];
		},
		description,
		node,
		options,
	);
	expect(result.error).toBeUndefined();
	return result.items[0]?.[0]?.json.answer;
}

const threeOutputs = { outputs: [Main, Main, Main] };

describe('outputs', () => {
	it('are kept separate, with their paired items', async () => {
		const result = await probe(
			async function () {
				const [first, second] = this.getInputData();
				return [
					[{ json: { ...first?.json, ok: true }, pairedItem: { item: 0 } }],
					[{ json: { ...second?.json, ok: false }, pairedItem: { item: 1 } }],
				];
			},
			threeOutputs,
			{},
			{ items: [{ n: 1 }, { n: 2 }] },
		);
		expect(result.status).toBe('success');
		expect(result.items).toEqual([
			[{ json: { n: 1, ok: true }, pairedItem: { item: 0 } }],
			[{ json: { n: 2, ok: false }, pairedItem: { item: 1 } }],
			[],
		]);
	});

	it('reach the nodes connected to them, also in a loop back to the node', async () => {
		let visits = 0;
		const workflow: WorkflowJson = {
			nodes: [
				{ name: 'Start', type: START },
				{ name: 'Probe', type: PROBE },
				{ name: 'Done', type: NO_OP },
			],
			connections: connect(
				{ from: 'Start', to: 'Probe' },
				{ from: 'Probe', output: 0, to: 'Done' },
				{ from: 'Probe', output: 2, to: 'Probe' },
			),
		};
		const twice = nodeType(async function () {
			visits += 1;
			return visits < 3 ? [[], [], this.getInputData()] : [this.getInputData(), [], []];
		}, threeOutputs);
		const result = await runWorkflow(workflow, { nodeTypes: { [PROBE]: twice }, items: [{ n: 7 }] });
		expect(result.runs('Probe')).toHaveLength(3);
		expect(result.outputs('Done')[0]?.[0]?.json).toEqual({ n: 7 });
	});

	it('are merged, even if one side is empty', async () => {
		const workflow: WorkflowJson = {
			nodes: [
				{ name: 'Start', type: START },
				{ name: 'If', type: CODE, parameters: { name: 'even', outputs: 2 } },
				{ name: 'Merge', type: MERGE },
			],
			connections: connect(
				{ from: 'Start', to: 'If' },
				{ from: 'If', output: 0, to: 'Merge', input: 0 },
				{ from: 'If', output: 1, to: 'Merge', input: 1 },
			),
		};
		const even = (items: INodeExecutionData[]) => [
			items.filter(({ json }) => Number(json.n) % 2 === 0),
			items.filter(({ json }) => Number(json.n) % 2 === 1),
		];
		const merged = async (...numbers: number[]) => {
			const items = numbers.map((n) => ({ n }));
			const result = await runWorkflow(workflow, { nodeTypes: {}, items, functions: { even } });
			return result.outputs('Merge')[0]?.map(({ json }) => json.n);
		};
		expect(await merged(1, 2, 3)).toEqual([2, 1, 3]);
		expect(await merged(1)).toEqual([1]);
	});

	it('may be an expression over parameters', async () => {
		const result = await runNode(
			{ type: CODE, parameters: { name: 'split', outputs: 2 } },
			{
				nodeTypes: {},
				items: [{ n: 1 }, { n: 2 }],
				functions: { split: ([a, b]) => [[a!], [b!]] },
			},
		);
		expect(result.items.map((items) => items.map(({ json }) => json.n))).toEqual([[1], [2]]);
	});
});

describe('what a node sees of its execution', () => {
	it.each([
		['trigger', 'production'],
		['manual', 'test'],
	] as const)('mode %s is %s to expressions', async (mode, seen) => {
		const answer = await ask(
			(context) => [context.getMode(), context.evaluateExpression('{{ $execution.mode }}', 0)],
			{},
			{},
			{ mode },
		);
		expect(answer).toEqual([mode, seen]);
	});

	it('execution ids are fresh, or as given', async () => {
		const id = (context: IExecuteFunctions) => [
			context.getExecutionId(),
			context.evaluateExpression('{{ $execution.id }}', 0),
		];
		expect(await ask(id, {}, {}, { executionId: '42' })).toEqual(['42', '42']);
		expect(await ask(id)).not.toEqual(await ask(id));
	});

	it('parameters have their defaults, resolve expressions, and extract the value of a resource locator', async () => {
		const properties: INodeTypeDescription['properties'] = [
			{ displayName: 'Amount', name: 'amount', type: 'number', default: 0 },
			{ displayName: 'Currency', name: 'currency', type: 'string', default: 'eur' },
			{
				displayName: 'Customer',
				name: 'customer',
				type: 'resourceLocator',
				default: { mode: 'url', value: '' },
				modes: [
					{
						displayName: 'By URL',
						name: 'url',
						type: 'string',
						extractValue: { type: 'regex', regex: 'https://.*/(cus_[a-z]+)' },
					},
				],
			},
		];
		const customer = { __rl: true, mode: 'url', value: 'https://dashboard.example/customers/cus_abc' };
		const answer = await ask(
			(context) => [
				context.getNodeParameter('amount', 0),
				context.getNodeParameter('currency', 0),
				context.getNodeParameter('customer', 0, '', { extractValue: true }),
				context.evaluateExpression('{{ $runIndex }}', 0),
				typeof context.evaluateExpression('{{ $now.toMillis() }}', 0),
			],
			{ properties },
			{ parameters: { amount: '={{ $json.total * 100 }}', customer } },
			{ items: [{ total: 5 }] },
		);
		expect(answer).toEqual([500, 'eur', 'cus_abc', 0, 'number']);
	});

	it('helpers, logger and workflow are the real ones', async () => {
		const answer = await ask((context) => {
			context.logger.info('seen by nobody');
			const items = context.helpers.returnJsonArray([{ n: 1 }]);
			const paired = context.helpers.constructExecutionMetaData(items, { itemData: { item: 0 } });
			return [context.getWorkflow().id, paired[0]?.pairedItem];
		});
		expect(answer).toEqual(['test-workflow', { item: 0 }]);
	});

	it('an empty required parameter or an unknown type stops the run before any node starts', async () => {
		const properties = [
			{ displayName: 'A', name: 'a', type: 'string', default: '', required: true },
		] as const;
		await expect(probe(async () => [], { properties: [...properties] })).rejects.toThrow('issues');
		await expect(runNode({ type: 'test.unknown' }, { nodeTypes: {} })).rejects.toThrow('issues');
	});
});

describe('credentials', () => {
	const description = { credentials: [{ name: 'secretApi', required: true }] };
	const read = async (context: IExecuteFunctions) => (await context.getCredentials('secretApi')).key;

	it.each(['trigger', 'manual', 'retry', 'webhook'] as const)('are decrypted in mode %s', async (mode) => {
		const credentials = { secretApi: { key: 'k1' } };
		expect(await ask(read, description, {}, { credentials, mode })).toBe('k1');
	});

	it('that were never stored throw as in n8n', async () => {
		const chosen = { credentials: { secretApi: { id: '7', name: 'Secret' } } };
		const execute = async function (this: IExecuteFunctions) {
			await read(this);
			return [];
		};
		const notStored = await probe(execute, description, chosen);
		expect(notStored.error?.message).toBe('Credential with ID "7" does not exist for type "secretApi".');
		const notChosen = await probe(execute, description, { credentials: undefined });
		expect(notChosen.error?.message).toBe('Node does not have any credentials set');
	});
});

describe('hints', () => {
	it('are collected from the node that added them', async () => {
		const result = await probe(async function () {
			this.addExecutionHints({ message: 'mind the gap', location: 'outputPane' });
			return [this.getInputData()];
		});
		expect(result.hints('Node')).toEqual([{ message: 'mind the gap', location: 'outputPane' }]);
		expect(result.hints('Start')).toEqual([]);
	});
});

describe('static data', () => {
	const count = async function (this: IExecuteFunctions) {
		const data = this.getWorkflowStaticData('global');
		data.count = ((data.count as number | undefined) ?? 0) + 1;
		return [[{ json: { count: data.count } }]];
	};

	it('is loaded before and saved after a production run', async () => {
		const first = await probe(count);
		expect(first.staticData).toEqual({ global: { count: 1 } });
		const second = await probe(count, {}, {}, { staticData: first.staticData });
		expect(second.items[0]?.[0]?.json.count).toBe(2);
		expect(second.staticData).toEqual({ global: { count: 2 } });
		expect(first.staticData).toEqual({ global: { count: 1 } });
	});

	it('is also saved when the run ends with an error', async () => {
		const result = await probe(async function () {
			await count.call(this);
			throw new Error('no');
		});
		expect(result).toMatchObject({ status: 'error', staticData: { global: { count: 1 } } });
	});

	it('is lost after a manual run', async () => {
		const result = await probe(count, {}, {}, { mode: 'manual' });
		expect(result.staticData).toEqual({});
		expect(result.staticDataInMemory).toEqual({ global: { count: 1 } });
	});
});

describe('Retry On Fail', () => {
	const retrying = { retryOnFail: true, maxTries: 3 };

	it('runs the node again for all items after an error', async () => {
		const seen: number[] = [];
		const result = await probe(
			async function () {
				seen.push(this.getInputData().length);
				if (seen.length < 3) throw new Error('not yet');
				return [this.getInputData()];
			},
			{},
			retrying,
			{ items: [{ n: 1 }, { n: 2 }] },
		);
		expect(seen).toEqual([2, 2, 2]);
		expect(result.status).toBe('success');
		expect(result.runs('Node')).toHaveLength(1);
	});

	it('waits the shortest time by default', async () => {
		const before = Date.now();
		await probe(async () => Promise.reject(new Error('no')), {}, { retryOnFail: true, maxTries: 5 });
		// n8n's default would wait four times for one second.
		expect(Date.now() - before).toBeLessThan(4_000);
	});

	it.each([
		[0, 3],
		[1, 1],
		[2, 1],
	])('on json.error in the first item of output %i tries %i times', async (output, tries) => {
		let count = 0;
		await probe(
			async () => {
				count += 1;
				return threeOutputs.outputs.map((_, index) =>
					index === output ? [{ json: { error: 'declined' } }] : [],
				);
			},
			threeOutputs,
			retrying,
		);
		expect(count).toBe(tries);
	});
});

describe('onError', () => {
	it('continueErrorOutput adds an output and moves there only items with nothing but the error', async () => {
		const result = await probe(
			async () => [
				[
					{ json: { error: 'a', message: 'b' } },
					{ json: { error: 'a', id: 'pi_1' } },
					{ json: { ok: true } },
				],
				[{ json: { error: 'a', code: 'declined' } }],
				[],
			],
			threeOutputs,
			{ onError: 'continueErrorOutput' },
		);
		expect(result.items.map((items) => items.map(({ json }) => json))).toEqual([
			[{ error: 'a', id: 'pi_1' }, { ok: true }],
			[{ error: 'a', code: 'declined' }],
			[],
			[{ error: 'a', message: 'b' }],
		]);
	});

	it('stopWorkflow is the default', async () => {
		const result = await probe(async () => Promise.reject(new Error('stop here')));
		expect(result).toMatchObject({ status: 'error', items: [[]], error: { message: 'stop here' } });
	});
});

describe('stopping an execution', () => {
	it('reaches the running node through its cancel signal, and static data is lost', async () => {
		let release = () => {};
		const started = new Promise<void>((resolve) => (release = resolve));
		const result = await probe(
			async function () {
				this.getWorkflowStaticData('global').begun = true;
				const signal = this.getExecutionCancelSignal();
				const stopped = new Promise((resolve) => signal?.addEventListener('abort', resolve));
				release();
				await stopped;
				return [[{ json: { aborted: signal?.aborted } }]];
			},
			{},
			{},
			{ cancelWhen: started },
		);
		expect(result.status).toBe('canceled');
		expect(result.items[0]?.[0]?.json).toEqual({ aborted: true });
		expect(result.staticData).toEqual({});
	});
});

describe('retry from the executions list', () => {
	it('is a new execution that resumes at the failed node with the data before it', async () => {
		let failing = true;
		let prepared = 0;
		const functions = {
			prepare: () => [{ prepared: ++prepared }],
			pay: (items: INodeExecutionData[], context: IExecuteFunctions) => {
				if (failing) throw new Error('network');
				return [{ ...items[0]?.json, mode: context.getMode(), id: context.getExecutionId() }];
			},
		};
		const workflow: WorkflowJson = {
			nodes: [
				{ name: 'Start', type: START },
				{ name: 'Prepare', type: CODE, parameters: { name: 'prepare' } },
				{ name: 'Pay', type: CODE, parameters: { name: 'pay' } },
				{ name: 'Done', type: NO_OP },
			],
			connections: connect(
				{ from: 'Start', to: 'Prepare' },
				{ from: 'Prepare', to: 'Pay' },
				{ from: 'Pay', to: 'Done' },
			),
		};
		const failed = await runWorkflow(workflow, { nodeTypes: {}, functions });
		expect(failed).toMatchObject({ status: 'error', error: { message: 'network' } });

		failing = false;
		const retried = await retryExecution(failed, workflow, { nodeTypes: {}, functions });
		expect(retried.status).toBe('success');
		expect(retried.executionId).not.toBe(failed.executionId);
		expect(retried.outputs('Done')[0]?.[0]?.json).toEqual({
			prepared: 1,
			mode: 'retry',
			id: retried.executionId,
		});
		await expect(retryExecution(retried, workflow, { nodeTypes: {}, functions })).rejects.toThrow();
	});

	it('can fail and be retried again', async () => {
		let tries = 0;
		const nodeTypes = {
			[PROBE]: nodeType(async function () {
				if (++tries < 3) throw new Error(`try ${tries}`);
				return [this.getInputData()];
			}),
		};
		const options = { nodeTypes, items: [{ n: 1 }] };
		const workflow = workflowOf({ type: PROBE }, options);
		const first = await runWorkflow(workflow, options);
		const second = await retryExecution(first, workflow, options);
		const third = await retryExecution(second, workflow, options);
		expect([first.status, second.status, third.status]).toEqual(['error', 'error', 'success']);
		expect(third.outputs('Node')[0]?.[0]?.json).toEqual({ n: 1 });
	});
});

describe('as an AI tool', () => {
	const tool = (execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>): RunOptions => ({
		nodeTypes: {
			[PROBE]: nodeType(execute, {
				usableAsTool: true,
				outputs: [Main, Main],
				properties: [{ displayName: 'Amount', name: 'amount', type: 'number', default: 0 }],
			}),
		},
	});
	const node = {
		type: PROBE,
		name: 'Refund',
		parameters: { amount: "={{ $fromAI('amount', 'minor units', 'number') }}" },
	};
	const look = async function (this: IExecuteFunctions) {
		const amount = this.getNodeParameter('amount', 0) as number;
		const isTwin = isToolType(this.getNode().type);
		return [[{ json: { amount, isTwin, isToolExecution: this.isToolExecution() } }], []];
	};

	it.each([
		['engine', false],
		['invoke', true],
	] as const)('under an agent of style %s isToolExecution() is %s', async (agent, isToolExecution) => {
		const result = await runAsTool(node, [{ amount: 500 }, { amount: 7 }], { ...tool(look), agent });
		expect(result.error).toBeUndefined();
		expect(result.answers.map(({ items }) => items)).toEqual([
			[{ amount: 500, isTwin: true, isToolExecution }],
			[{ amount: 7, isTwin: true, isToolExecution }],
		]);
		expect(result.runs('Refund')).toHaveLength(2);
	});

	it('gets a new toolCallId for every call under Agent v3', async () => {
		const ids: unknown[] = [];
		const options = tool(async function () {
			ids.push(this.getInputData()[0]?.json.toolCallId);
			return [[{ json: { ok: true } }]];
		});
		await runAsTool(node, [{ amount: 1 }, { amount: 1 }], options);
		expect(new Set(ids).size).toBe(2);
		expect(ids[0]).toEqual(expect.stringMatching(/^call_/));
	});

	it.each(['engine', 'invoke'] as const)('only output 0 reaches the model (%s)', async (agent) => {
		const options = tool(async () => [[], [{ json: { declined: true } }]]);
		const { answers } = await runAsTool(node, { amount: 1 }, { ...options, agent });
		expect(answers).toMatchObject([{ args: { amount: 1 }, items: [] }]);
	});

	it.each(['engine', 'invoke'] as const)('an error becomes the response (%s)', async (agent) => {
		const options = tool(async () => Promise.reject(new Error('no such charge')));
		const result = await runAsTool(node, { amount: 1 }, { ...options, agent });
		expect(result.status).toBe('success');
		expect(result.answers[0]?.answer).toContain('no such charge');
		expect(result.answers[0]?.error).toContain('no such charge');
	});
});
