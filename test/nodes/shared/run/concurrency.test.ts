import { setImmediate as nextTurn } from 'node:timers/promises';

import { mapWithConcurrency, KeyedMutex, TimeSlice } from '../../../../nodes/shared/run/concurrency';

/** A promise that the test resolves. */
function gate() {
	let open = () => {};
	const opened = new Promise<void>((resolve) => (open = resolve));
	return { open, opened };
}

describe('items in parallel', () => {
	it('start in their order, up to the limit, and are returned in their order', async () => {
		const gates = [0, 1, 2, 3].map(gate);
		const startedItems: number[] = [];
		const all = mapWithConcurrency([0, 1, 2, 3], 2, async (item) => {
			startedItems.push(item);
			await gates[item]?.opened;
			return `done ${item}`;
		});
		expect(startedItems).toEqual([0, 1]);
		for (const { open } of gates.reverse()) open();
		expect(await all).toEqual(['done 0', 'done 1', 'done 2', 'done 3']);
	});

	it('finish before an error is thrown on, and no further one is started', async () => {
		const { open, opened } = gate();
		const ended: string[] = [];
		const all = mapWithConcurrency(['slow', 'faulty', 'never'], 2, async (item) => {
			if (item === 'faulty') throw new Error('a fault of the program');
			await opened;
			ended.push(item);
		});
		setImmediate(open);
		await expect(all).rejects.toThrow('a fault of the program');
		expect(ended).toEqual(['slow']);
	});

	it('that have released their slot let the next one start, up to one unfinished item per slot', async () => {
		const gates = [0, 1, 2].map(gate);
		const startedItems: number[] = [];
		const work = async (item: number, _position: number, releaseSlot: () => void) => {
			startedItems.push(item);
			releaseSlot();
			await gates[item]?.opened;
			return item;
		};
		// On a busy machine, a slice could end at any time.
		const endless = Object.assign(new TimeSlice(), { isOver: () => false });
		const all = mapWithConcurrency([0, 1, 2], 1, work, endless);
		await nextTurn();
		expect(startedItems).toEqual([0, 1]);
		gates[0]?.open();
		await nextTurn();
		expect(startedItems).toEqual([0, 1, 2]);
		for (const { open } of gates) open();
		expect(await all).toEqual([0, 1, 2]);
	});

	it('that have released their slot are awaited before an error is thrown on', async () => {
		const { open, opened } = gate();
		const ended: string[] = [];
		const all = mapWithConcurrency(['slow', 'faulty'], 1, async (item, _position, releaseSlot) => {
			if (item === 'faulty') throw new Error('a fault of the program');
			releaseSlot();
			await opened;
			ended.push(item);
		});
		setImmediate(open);
		await expect(all).rejects.toThrow('a fault of the program');
		expect(ended).toEqual(['slow']);
	});

	it('return at once after a stop, while those that were started are awaited', async () => {
		const stop = new AbortController();
		const answer = gate();
		const allHaveLeft = gate();
		const work = async (item: number) => {
			if (!stop.signal.aborted) await answer.opened;
			else if (item === 99) allHaveLeft.open();
			return item;
		};
		const items = [...Array(100).keys()];
		const all = mapWithConcurrency(items, 2, work, undefined, stop.signal);
		stop.abort();
		await allHaveLeft.opened;
		answer.open();
		expect(await all).toEqual(items);
	});
});

describe('a batch whose items never wait', () => {
	const burn = (ms: number) => {
		for (const until = performance.now() + ms; performance.now() < until;);
	};

	it('yields to others, however many items run at once', async () => {
		let turnsOfOthers = 0;
		let isOver = false;
		const others = () => {
			turnsOfOthers++;
			if (!isOver) setImmediate(others);
		};
		setImmediate(others);
		const done = await mapWithConcurrency(Array.from({ length: 100 }), 50, async () => {
			burn(1);
			await Promise.resolve();
		});
		isOver = true;
		expect(done).toHaveLength(100);
		// 100 ms of work, of which none takes more than ten or so at a time.
		expect(turnsOfOthers).toBeGreaterThan(4);
	});
});

it('a slice ends after ms of work in one turn of the event loop; waiting does not count', async () => {
	const burn = (ms: number) => {
		for (const until = performance.now() + ms; performance.now() < until;);
	};
	const slice = new TimeSlice();
	burn(12);
	expect(slice.isOver()).toBe(false);
	burn(12);
	expect(slice.isOver()).toBe(true);
	await nextTurn();
	burn(12);
	expect(slice.isOver()).toBe(false);
});

describe('turns', () => {
	it('under several names wait for the holders of any of them, without deadlock', async () => {
		const turns = new KeyedMutex();
		const { open, opened } = gate();
		const order: string[] = [];
		const first = turns.runExclusive(['a', 'b'], () => opened.then(() => order.push('a b')));
		const second = turns.runExclusive(['b', 'a', 'b'], async () => order.push('b a'));
		const third = turns.runExclusive(['b', 'c'], async () => order.push('b c'));
		await turns.runExclusive('c2', async () => order.push('c2'));
		open();
		await Promise.all([first, second, third]);
		expect(order).toEqual(['c2', 'a b', 'b a', 'b c']);
	});

	it('under one name run one after the other, also after an error', async () => {
		const turns = new KeyedMutex();
		const { open, opened } = gate();
		const order: string[] = [];
		const first = turns.runExclusive('a', async () => {
			await opened;
			order.push('first');
			throw new Error('a fault');
		});
		const second = turns.runExclusive('a', async () => order.push('second'));
		const other = turns.runExclusive('b', async () => order.push('other'));
		await other;
		open();
		await expect(first).rejects.toThrow('a fault');
		await second;
		expect(order).toEqual(['other', 'first', 'second']);
	});
});
