import { tmpdir } from 'node:os';

import { runProgram } from './program';

const cwd = tmpdir();

describe('a program that exceeds its time limit', () => {
	it('is ended, with a message', async () => {
		const running = runProgram(['sleep', '600'], {
			cwd,
			limitMinutes: 0.2 / 60,
		});
		await expect(running).rejects.toThrow(/had not ended after 0\.003\d* minutes, and was stopped:/);
	});
});

it('returns what a program wrote', async () => {
	expect(await runProgram(['echo', 'all well'], { cwd, limitMinutes: 1 })).toBe('all well\n');
});

it('reports how a program failed, with the end of its output', async () => {
	const failing = runProgram(['sh', '-c', 'echo no room >&2; exit 3'], { cwd });
	await expect(failing).rejects.toThrow(/ended with 3:\nno room/);
});
