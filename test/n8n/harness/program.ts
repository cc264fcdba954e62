import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Characters of a failed program's output that are reported. */
const TAIL = 4_000;

/** Minutes that a program has to end when it is asked to. */
const PATIENCE_MINUTES = 0.25;

export interface Surroundings {
	cwd: string;
	env?: NodeJS.ProcessEnv;
	/** Minutes after which the program is ended. */
	limitMinutes?: number;
}

/**
 * Runs a program to its end, and ends it at the latest when this process ends. Resolves with its stdout.
 *
 * @throws Error with the last part of the output if the program fails or exceeds its time limit
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
		// Its child processes may still hold the pipes.
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
