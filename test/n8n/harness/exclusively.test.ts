import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TYPESCRIPT } from '../../typescript';
import { exclusively } from './exclusively';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'exclusively-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('lets one caller at a time run', async () => {
	const lock = join(folder, 'lock');
	let inside = 0;
	const work = async () => {
		expect(++inside).toBe(1);
		await new Promise(setImmediate);
		return --inside;
	};
	expect(await Promise.all([1, 2, 3].map(() => exclusively(lock, work)))).toEqual([0, 0, 0]);
});

it('is free again when its holder fails or is killed', async () => {
	const lock = join(folder, 'lock');
	await expect(exclusively(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
	const holder = fork(join(__dirname, 'lockHolder.ts'), [lock], { execArgv: TYPESCRIPT });
	await once(holder, 'message');
	let waited = false;
	const next = exclusively(
		lock,
		async () => 'done',
		() => {
			waited = true;
			holder.kill('SIGKILL');
		},
	);
	try {
		expect(await next).toBe('done');
		expect(waited).toBe(true);
	} finally {
		holder.kill('SIGKILL');
	}
});
