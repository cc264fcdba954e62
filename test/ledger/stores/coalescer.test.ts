import { setImmediate as nextTurn } from 'node:timers/promises';

import { Coalescer } from '../../../ledger/stores/coalescer';

/** What travelled together, in its order. */
let trips: string[][];
let ask: (questions: readonly string[]) => Promise<readonly string[]>;

beforeEach(() => {
	trips = [];
	ask = async (questions) => {
		trips.push([...questions]);
		// Whoever is asked about a row answers with how often it was asked about it before.
		return questions.map(
			(one) => `${one}${trips.flat().filter((other) => other.startsWith(one[0]!)).length}`,
		);
	};
});

const travelling = (questions: readonly string[]) => ask(questions);

it('requests of one tick are sent together, and each gets its own responses', async () => {
	const coalescer = new Coalescer<string, string>({ sendBatch: travelling });
	const answers = await Promise.all([
		coalescer.send(['a', 'b']),
		coalescer.send([]),
		coalescer.send(['c']),
	]);
	expect(answers).toEqual([['a1', 'b1'], [], ['c1']]);
	expect(trips).toEqual([['a', 'b', 'c']]);
	await coalescer.send(['d']);
	expect(trips).toEqual([['a', 'b', 'c'], ['d']]);
});

it('a follow-up request in the tick of a response is sent together with the others', async () => {
	const coalescer = new Coalescer<string, string>({ sendBatch: travelling });
	await Promise.all(
		['a', 'b', 'c'].map(async (name, nth) => {
			await coalescer.send([name]);
			// Some need longer to make up their mind than others.
			for (let turn = 0; turn < nth; turn++) await Promise.resolve();
			await coalescer.send([`${name}!`]);
		}),
	);
	expect(trips).toEqual([
		['a', 'b', 'c'],
		['a!', 'b!', 'c!'],
	]);
});

it('requests of one turn of the event loop are sent together', async () => {
	const coalescer = new Coalescer<string, string>({ sendBatch: travelling });
	await Promise.all(
		['a', 'b'].map(async (name) => {
			// Both wake up in the same turn, each in a tick of its own.
			await nextTurn();
			await coalescer.send([name]);
		}),
	);
	expect(trips).toEqual([['a', 'b']]);
});

it('two requests about one row are never sent together: the second sees what the first has written', async () => {
	const coalescer = new Coalescer<string, string>({
		sendBatch: travelling,
		rowOf: (question) => question[0]!,
	});
	const answers = await Promise.all([coalescer.send(['a', 'b', 'a']), coalescer.send(['a', 'c'])]);
	expect(trips).toEqual([['a', 'b', 'c'], ['a'], ['a']]);
	expect(answers).toEqual([
		['a1', 'b1', 'a2'],
		['a3', 'c1'],
	]);
});

it('no more than 500 are sent together', async () => {
	const coalescer = new Coalescer<string, string>({ sendBatch: travelling });
	const questions = Array.from({ length: 1_203 }, (_, n) => String.fromCharCode(1_000 + n));
	expect(await coalescer.send(questions)).toEqual(questions.map((one) => `${one}1`));
	expect(trips.map(({ length }) => length)).toEqual([500, 500, 203]);
});

describe('a batch that fails', () => {
	const failing = (isForOne: boolean) =>
		new Coalescer<string, string>({
			sendBatch: async (questions) => {
				trips.push([...questions]);
				if (questions.includes('bad')) throw new Error('spoilt');
				return questions;
			},
			mayConcernOneRequest: () => isForOne,
		});
	const resultOf = (requested: Promise<string[]>) =>
		requested.catch((error: unknown) => (error as Error).message);

	it('because of one of its requests is repeated request by request: only that one gets an error', async () => {
		const coalescer = failing(true);
		const requested = [['a'], ['bad'], ['b']].map((questions) => resultOf(coalescer.send(questions)));
		expect(await Promise.all(requested)).toEqual([['a'], 'spoilt', ['b']]);
		expect(trips).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
	});

	it('for all of them is not repeated', async () => {
		const coalescer = failing(false);
		const requested = [['a'], ['bad'], ['b']].map((questions) => resultOf(coalescer.send(questions)));
		expect(await Promise.all(requested)).toEqual(['spoilt', 'spoilt', 'spoilt']);
		expect(trips).toHaveLength(1);
	});
});
