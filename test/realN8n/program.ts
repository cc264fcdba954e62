import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How much of what a failed program said is worth reading. */
const TAIL = 4_000;

/** Runs a program to its end, which comes with ours at the latest. Resolves with what it wrote to stdout. */
export async function runProgram(
	[program, ...args]: [string, ...string[]],
	{ cwd, env = process.env }: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
	const child = spawn(program, args, {
		cwd,
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let stdout = '';
	let said = '';
	child.stdout.on('data', (piece: Buffer) => {
		stdout += piece.toString();
		said += piece.toString();
	});
	child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
	const end = () => child.kill();
	process.once('exit', end);
	try {
		const [code] = (await once(child, 'close')) as [number | null];
		if (code === 0) return stdout;
		throw new Error(`${[program, ...args].join(' ')} ended with ${code}:\n${said.slice(-TAIL)}`);
	} finally {
		process.off('exit', end);
	}
}
