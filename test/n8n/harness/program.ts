import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How much of what a failed program said is worth reading. */
const TAIL = 4_000;

/** How long a program that is asked to end may take for it. */
const PATIENCE_MINUTES = 0.25;

export interface Surroundings {
	cwd: string;
	env?: NodeJS.ProcessEnv;
	/** After so many minutes the program is ended. */
	limitMinutes?: number;
}

/**
 * Runs a program to its end, which comes with ours at the latest. Resolves with what it wrote to stdout.
 *
 * @throws Error with the end of what the program said, where it fails or takes longer than it may
 */
export async function runProgram(
	[program, ...args]: [string, ...string[]],
	{ cwd, env = process.env, limitMinutes }: Surroundings,
): Promise<string> {
	const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
	let stdout = '';
	let output = '';
	child.stdout.on('data', (piece: Buffer) => {
		stdout += piece.toString();
		output += piece.toString();
	});
	child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
	const end = () => child.kill();
	const tooLate = new AbortController();
	const limit = after(limitMinutes, () => {
		tooLate.abort();
		end();
		after(PATIENCE_MINUTES, () => child.kill('SIGKILL'));
		// What it has started may still hold them.
		child.stdout.destroy();
		child.stderr.destroy();
	});
	process.once('exit', end);
	try {
		const [code] = (await once(child, 'close')) as [number | null];
		if (code === 0) return stdout;
		const ended = tooLate.signal.aborted
			? `had not ended after ${limitMinutes} minutes, and was stopped`
			: `ended with ${code}`;
		throw new Error(`${[program, ...args].join(' ')} ${ended}:\n${output.slice(-TAIL)}`);
	} finally {
		clearTimeout(limit);
		process.off('exit', end);
	}
}

function after(minutes: number | undefined, act: () => void): NodeJS.Timeout | undefined {
	return minutes === undefined ? undefined : setTimeout(act, minutes * 60_000).unref();
}
