import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sampleRows } from '../../crash/soak';
import type { Audit } from '../../../commands/audit/audit';
import { TYPESCRIPT } from '../../typescript';
import { http, node, stripe, workflow } from './fixtures';

const SCRIPT = join(__dirname, '../../../commands/auditWorkflows.ts');

interface CommandResult {
	status: number;
	out: string;
	err: string;
}

/** The command as a person runs it, in a process of its own. */
function audit(args: string[], input = ''): Promise<CommandResult> {
	return new Promise((resolve) => {
		const child = execFile(process.execPath, [...TYPESCRIPT, SCRIPT, ...args], (error, out, err) => {
			resolve({ status: error ? Number(error.code) : 0, out, err });
		});
		child.stdin?.end(input);
	});
}

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'stripe-idempotent-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = node('Orders', 'n8n-nodes-base.manualTrigger');
const paying = workflow([start, stripe({ resource: 'charge', operation: 'create' })]);
const good = workflow([start, http('/charges', {}, { method: 'GET' })], undefined, {
	id: 'g',
	name: 'Reads',
});

function write(name: string, content: unknown): string {
	const file = join(folder, name);
	writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	return file;
}

it('reads files and folders, writes converted copies, and overwrites nothing', async () => {
	mkdirSync(join(folder, 'export'));
	write('export/paying.json', paying);
	write('export/package.json', { name: 'no workflow' });
	const converted = join(folder, 'converted');
	const places = [join(folder, 'export'), write('good.json', [good])];
	const first = await audit([...places, '--write', converted]);
	expect(first).toMatchObject({ status: 1, err: '' });
	expect(first.out).toMatch(
		/Money can move twice \(1\)[^]*Orders › Pay[^]*2 workflows with 4 nodes: 1 finding\./,
	);
	expect(first.out).toMatch(/Written: [^]*orders-w\.json[^]*A branch above the others does it/);
	expect(readdirSync(converted)).toEqual(['orders-w.json']);
	const written = join(converted, 'orders-w.json');
	expect(JSON.parse(readFileSync(written, 'utf8'))).toMatchObject({ active: false });

	writeFileSync(written, 'confirmed by a person');
	const second = await audit([...places, '--write', converted]);
	expect(second).toMatchObject({
		status: 2,
		err: expect.stringContaining(`${written} exists already`) as string,
	});
	expect(readFileSync(written, 'utf8')).toBe('confirmed by a person');
});

it('reports what it could not read without quoting it, and never counts it as clean', async () => {
	const place = write('good.json', good);
	write('credentials.json', [{ id: 'c', name: 'Stripe', type: 'stripeApi', data: 'secret' }]);
	write('key.txt', 'secret');
	write('empty.json', '');
	mkdirSync(join(folder, 'folder'));
	mkdirSync(join(folder, 'export'));
	write('export/good.json', good);
	write('export/cut.json', JSON.stringify(good).slice(0, -9));
	const wrong = sampleRows<[args: string[], said: RegExp]>(4, [
		[['nowhere.json'], /nowhere\.json does not exist/],
		[['key.txt'], /key\.txt is not JSON/],
		[['empty.json'], /empty\.json is empty/],
		[['export'], /cut\.json is not JSON/],
		[['credentials.json'], /no workflow in .*credentials\.json/],
		[['folder'], /no workflow in .*folder/],
		[['--write', 'good.json'], /good\.json is not a folder/],
	]);
	const ended = await Promise.all(
		wrong.map(([args]) =>
			audit([place, ...args.map((arg) => (arg.startsWith('-') ? arg : join(folder, arg)))]),
		),
	);
	expect(ended).toEqual(
		wrong.map(([, said]) => ({ status: 2, out: '', err: expect.stringMatching(said) as string })),
	);
	expect(ended.map(({ err }) => err).join()).not.toMatch(/secret|ENOENT|EEXIST|\n {4}at /);
});

it('reads files written by Windows: a byte order mark, and UTF-16', async () => {
	const text = `\uFEFF${JSON.stringify(paying)}`;
	const files = [write('utf8.json', text), join(folder, 'utf16.json')];
	writeFileSync(files[1]!, text, 'utf16le');
	const [first, second] = await Promise.all(files.map((file) => audit([file])));
	expect(first).toMatchObject({ status: 1, out: expect.stringContaining('Orders › Pay') as string });
	expect(second).toEqual(first);
});

it('reads standard input, prints JSON for programs, and reports the result in its exit code', async () => {
	const [found, nothing, noOption, usage, help] = await Promise.all([
		audit(['-', '--json'], JSON.stringify([paying, good])),
		audit(['-'], JSON.stringify(good)),
		audit(['--fix']),
		audit([]),
		audit(['--help']),
	]);
	expect(found.status).toBe(1);
	const { workflows, findings } = JSON.parse(found.out) as Audit;
	expect({ workflows, findings }).toMatchObject({
		workflows: 2,
		findings: [{ kind: 'stripe_node', severity: 'high' }],
	});
	expect(nothing).toMatchObject({ status: 0, out: expect.stringContaining('nothing found') as string });
	expect(noOption).toMatchObject({ status: 2, err: expect.stringContaining('--fix') as string });
	expect(usage).toMatchObject({ status: 2, out: expect.stringContaining('--write FOLDER') as string });
	expect(help).toEqual({ ...usage, status: 0 });
});
