import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import type { NumberedRequest } from '../../../../ledger/stores/sqlite/messages';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { newFile, removeFolders } from '../../temporary';
import { row } from '../conformance';

afterAll(removeFolders);

describe('many concurrent responses', () => {
	it('are delivered in portions, and follow-up requests are sent together', async () => {
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

it('requests of one turn of the event loop wake the thread once', async () => {
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

it('a replacement in the turn of a read is committed together with the follow-up of that read', async () => {
	const store = SqliteStore.open(newFile());
	const [claimed, next] = [row(), row()];
	await store.insertIfAbsent([claimed]);
	const posted = jest.spyOn(Worker.prototype, 'postMessage');
	await Promise.all([
		store.replaceIfVersion([{ ...claimed, version: claimed.version + 1 }]),
		store.find([next.entryId]).then(() => store.insertIfAbsent([next])),
	]);
	const kinds = posted.mock.calls.map(([batch]) => (batch as NumberedRequest[]).map(kindOf));
	posted.mockRestore();
	await store.close();
	expect(kinds).toEqual([['find'], ['replace', 'insert']]);
});

it('a replacement waits for one read at most', async () => {
	const store = SqliteStore.open(newFile());
	const claimed = row();
	await store.insertIfAbsent([claimed]);
	const posted = jest.spyOn(Worker.prototype, 'postMessage');
	const readings = (async () => {
		for (let n = 0; n < 5; n++) await store.find([]);
	})();
	await store.replaceIfVersion([{ ...claimed, version: claimed.version + 1 }]);
	await readings;
	const kinds = posted.mock.calls.map(([batch]) => (batch as NumberedRequest[]).map(kindOf));
	posted.mockRestore();
	await store.close();
	expect(kinds.slice(0, 2)).toEqual([['find'], ['replace', 'find']]);
});

it('an insertion waits for no read, and a replacement in its turn shares its commit', async () => {
	const store = SqliteStore.open(newFile());
	const [claimed, next] = [row(), row()];
	await store.insertIfAbsent([claimed]);
	const posted = jest.spyOn(Worker.prototype, 'postMessage');
	await Promise.all([
		store.find([]),
		store.replaceIfVersion([{ ...claimed, version: claimed.version + 1 }]),
		store.insertIfAbsent([next]),
	]);
	const kinds = posted.mock.calls.map(([batch]) => (batch as NumberedRequest[]).map(kindOf));
	posted.mockRestore();
	await store.close();
	expect(kinds).toEqual([['find', 'replace', 'insert']]);
});

const kindOf = ({ request }: NumberedRequest) => request.kind;
