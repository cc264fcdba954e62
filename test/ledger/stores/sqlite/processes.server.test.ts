import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { repeat, sampleRows } from '../../../crash/soak';
import { Child } from '../../children/process';
import { newFile, newFolder, removeFolders } from '../../temporary';

/** Other n8n processes on this host: main, worker and webhook processes share one file. */
const children: Child[] = [];
beforeAll(async () => {
	children.push(...(await Promise.all([1, 2, 3, 4].map(() => Child.start()))));
});
afterAll(async () => {
	await Promise.all(children.map((child) => child.kill()));
	removeFolders();
});

const together = <R>(order: Parameters<Child['obey']>[0]) =>
	Promise.all(children.map((child) => child.obey<R>(order)));

it('four processes that open a new file at the same moment all succeed', async () => {
	for (let round = 0; round < repeat(2, 5); round++) {
		expect(await together({ do: 'open', file: newFile() })).toEqual(Array(4).fill('opened'));
	}
});

it('a process that opens a file locked exclusively by another one waits', async () => {
	const file = newFile();
	expect(await children[0]?.obey({ do: 'hold', file, ms: 500 })).toBe('held');
	const store = SqliteStore.open(file);
	expect(await store.find([])).toEqual([]);
	await store.close();
});

it('four processes that want the same 200 entries win each entry exactly once', async () => {
	const ids = Array.from({ length: 200 }, (_, n) => `entry ${n}`);
	const file = newFile();
	// Each begins elsewhere, so that they meet in the middle of the others' way.
	const won = await Promise.all(
		children.map((child, n) =>
			child.obey<string[]>({
				do: 'insert',
				file,
				ids: [...ids.slice(n * 50), ...ids.slice(0, n * 50)],
			}),
		),
	);
	expect(won.flat().toSorted()).toEqual(ids.toSorted());
});

it('a writer that is killed loses nothing acknowledged', async () => {
	const file = newFile();
	for (const acknowledgements of sampleRows(2, [1, 20, 45])) {
		const writer = await Child.start();
		let last = -1;
		const enough = new Promise<void>((resolve) => {
			writer.onMessage((n) => {
				last = Number(n);
				if (last >= acknowledgements) resolve();
			});
		});
		writer.send({ do: 'writeUntilKilled', file });
		await enough;
		await writer.kill();
		const store = SqliteStore.open(file);
		const ids = Array.from({ length: last + 1 }, (_, n) => `entry ${n}`);
		const rows = await store.find(ids);
		await store.close();
		expect(rows.map((row) => row?.state)).toEqual(ids.map(() => 'succeeded'));
	}
});

/** Root may write anywhere, so another user has to try. */
const asRoot = process.getuid?.() === 0 ? it : it.skip;

asRoot('a folder that the n8n user may not write to is refused in words that help', async () => {
	const folder = join(newFolder(), 'locked');
	mkdirSync(folder);
	chmodSync(folder, 0o755);
	chmodSync(join(folder, '..'), 0o755);
	const child = await Child.start();
	const answer = await child.obey({ do: 'openAs', file: join(folder, 'ledger.sqlite'), uid: 65_534 });
	await child.kill();
	expect(answer).toEqual({
		refused: expect.stringMatching(
			/n8n cannot write there\. Give the n8n user write permission/,
		) as string,
	});
});
