import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sampleRows } from '../crash/soak';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { TYPESCRIPT } from '../typescript';

const SCRIPT = join(__dirname, '../../commands/moveLedger.ts');

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'stripe-idempotent-move-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface CommandResult {
	status: number;
	output: string;
}

/** The command as a person runs it, in that folder. */
function move(
	addresses: { FROM_LEDGER?: string; TO_LEDGER?: string },
	args: string[] = [],
): Promise<CommandResult> {
	const options = { cwd: folder, env: { ...process.env, ...addresses } };
	return new Promise((resolve) => {
		execFile(process.execPath, [...TYPESCRIPT, SCRIPT, ...args], options, (error, out, err) => {
			resolve({ status: error ? Number(error.code) : 0, output: out + err });
		});
	});
}

describe('a source without a ledger is refused', () => {
	beforeEach(async () => {
		const store = SqliteStore.open(join(folder, 'empty.sqlite'));
		await store.find(['none']);
		await store.close();
		writeFileSync(join(folder, 'text.json'), 'secret');
		writeFileSync(join(folder, 'workflow.json'), '{"name":"Shop"}');
	});

	it.each(
		sampleRows(3, [
			['a file that does not exist', 'mistyped.sqlite', 'mistyped.sqlite does not exist'],
			['a home folder in quotes', '~/ledger.sqlite', 'does not exist'],
			['an empty ledger', 'empty.sqlite', 'has no entries'],
			['a workflow without static data', 'workflow:workflow.json', 'has no entries'],
			['a file that is not an export', 'workflow:text.json', 'text.json is not JSON'],
			['an export that does not exist', 'workflow:none.json', 'none.json does not exist'],
			['an address of another program', 'mysql://user:password@host/database', 'mysql: is not'],
		]),
	)('%s', async (_what, from, output) => {
		const before = readdirSync(folder);
		const ended = await move({ FROM_LEDGER: from, TO_LEDGER: 'target.sqlite' });
		expect(ended).toEqual({ status: 1, output: expect.stringContaining(output) as string });
		expect(ended.output).not.toMatch(/password|secret|ENOENT/);
		// Only what the person asked for was made.
		const made = readdirSync(folder).filter((name) => !before.includes(name));
		expect(made.filter((name) => !name.startsWith('target.sqlite'))).toEqual([]);
	});

	it('the target itself, which exists', async () => {
		const ended = await move({ FROM_LEDGER: 'empty.sqlite', TO_LEDGER: 'file:empty.sqlite' });
		expect(ended).toEqual({ status: 1, output: expect.stringContaining('the same ledger') as string });
	});

	it('the address of another program as the target', async () => {
		const ended = await move({
			FROM_LEDGER: 'empty.sqlite',
			TO_LEDGER: 'mysql://user:password@host/database',
		});
		expect(ended).toEqual({ status: 1, output: expect.stringContaining('mysql: is not') as string });
		expect(ended.output).not.toContain('password');
	});
});

it('prints its usage, and exits with an error unless it was asked for', async () => {
	const [requested, wrong] = await Promise.all([move({}, ['--help']), move({})]);
	expect(requested).toEqual({ status: 0, output: expect.stringContaining('Addresses:') as string });
	expect(wrong).toEqual({ status: 2, output: requested.output });
});
