import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Audit } from '../../../commands/audit/audit';
import { TYPESCRIPT } from '../../typescript';
import { http, node, stripe, workflow } from './fixtures';

const SCRIPT = join(__dirname, '../../../commands/auditWorkflows.ts');

interface Ended {
	status: number;
	out: string;
	err: string;
}

/** The command as a person runs it, in a process of its own. */
function audit(args: string[], input = ''): Promise<Ended> {
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

it('reads files and folders, writes mended copies, and overwrites nothing', async () => {
	mkdirSync(join(folder, 'export'));
	write('export/paying.json', paying);
	write('export/package.json', { name: 'no workflow' });
	const mended = join(folder, 'mended');
	const places = [join(folder, 'export'), write('good.json', [good])];
	const first = await audit([...places, '--write', mended]);
	expect(first).toMatchObject({ status: 1, err: '' });
	expect(first.out).toMatch(
		/Money can move twice \(1\)[^]*Orders › Pay[^]*2 workflows with 4 nodes: 1 finding\./,
	);
	expect(first.out).toMatch(/Written: [^]*orders-w\.json[^]*A branch above the others does it/);
	expect(readdirSync(mended)).toEqual(['orders-w.json']);
	const written = join(mended, 'orders-w.json');
	expect(JSON.parse(readFileSync(written, 'utf8'))).toMatchObject({ active: false });

	writeFileSync(written, 'confirmed by a person');
	const second = await audit([...places, '--write', mended]);
	expect(second).toMatchObject({ status: 2, err: expect.stringContaining(written) as string });
	expect(readFileSync(written, 'utf8')).toBe('confirmed by a person');
});

it('reads standard input, answers programs in JSON, and says by its exit code what came of it', async () => {
	const [found, nothing, noFile, noJson, noWorkflow, noOption, usage] = await Promise.all([
		audit(['-', '--json'], JSON.stringify([paying, good])),
		audit(['-'], JSON.stringify(good)),
		audit([join(folder, 'nowhere.json')]),
		audit([write('text.json', 'not JSON')]),
		audit([write('other.json', {})]),
		audit(['--fix']),
		audit([]),
	]);
	expect(found.status).toBe(1);
	const { workflows, findings } = JSON.parse(found.out) as Audit;
	expect({ workflows, findings }).toMatchObject({
		workflows: 2,
		findings: [{ kind: 'stripe_node', severity: 'high' }],
	});
	expect(nothing).toMatchObject({ status: 0, out: expect.stringContaining('nothing found') as string });
	expect(noFile).toMatchObject({
		status: 2,
		err: expect.stringContaining('nowhere.json cannot be read') as string,
	});
	expect(noJson).toMatchObject({
		status: 2,
		err: expect.stringContaining('text.json cannot be read') as string,
	});
	expect(noWorkflow).toMatchObject({
		status: 2,
		err: expect.stringContaining('There is no workflow') as string,
	});
	expect(noOption).toMatchObject({ status: 2, err: expect.stringContaining('--fix') as string });
	expect(usage).toMatchObject({ status: 2, out: expect.stringContaining('--write FOLDER') as string });
});
