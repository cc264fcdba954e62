import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { newFile, removeFolders } from '../../temporary';

afterAll(removeFolders);

describe('many answers at once', () => {
	it('are told portion by portion, and what is asked after them travels together', async () => {
		const store = SqliteStore.open(newFile());
		await store.find([]);
		const posted = jest.spyOn(Worker.prototype, 'postMessage');
		let turnsOfOthers = 0;
		let isOver = false;
		const others = () => {
			turnsOfOthers++;
			if (!isOver) setImmediate(others);
		};
		setImmediate(others);
		const toldAt = new Set<number>();
		const askTwice = async () => {
			await store.find([]);
			toldAt.add(turnsOfOthers);
			await store.find([]);
		};
		await Promise.all(Array.from({ length: 100 }, askTwice));
		isOver = true;
		const messages = posted.mock.calls.length;
		posted.mockRestore();
		await store.close();
		expect(toldAt.size).toBeGreaterThan(10);
		expect(messages).toBe(2);
	});
});

it('what is asked in one turn of the event loop wakes the thread once', async () => {
	const store = SqliteStore.open(newFile());
	await store.find([]);
	const posted = jest.spyOn(Worker.prototype, 'postMessage');
	await Promise.all(
		['a', 'b'].map(async (entryId) => {
			// Both wake up in the same turn, each in a tick of its own.
			await nextTurn();
			await store.find([entryId]);
		}),
	);
	const messages = posted.mock.calls.length;
	posted.mockRestore();
	await store.close();
	expect(messages).toBe(1);
});
