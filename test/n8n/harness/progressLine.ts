/** Somebody who is told how far a long piece of work has come. */
export interface ProgressLine {
	/** From now on this is done. */
	show(phase: string, detail?: string): void;
	/** The work is over, for now. */
	end(): void;
}

/** In a terminal the time goes on every second, in milliseconds. */
const OFTEN = 1_000;

/** Where nobody can watch a line change, one more is enough each so many milliseconds. */
const SELDOM = 15_000;

/** In a terminal one line that is written anew; elsewhere a line at each new phase and every 15 seconds. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
	let began = 0;
	let doing = { phase: '', detail: '' };
	let ticking: NodeJS.Timeout | undefined;

	const write = () => {
		const { phase, detail } = doing;
		const time = duration(performance.now() - began);
		const line = [phase, time, detail].filter(Boolean).join(', ');
		// Never more than one row: only that can be taken back.
		stream.write(stream.isTTY ? `\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
	};
	return {
		show(phase, detail = '') {
			const isNew = phase !== doing.phase;
			if (ticking === undefined) began = performance.now();
			doing = { phase, detail };
			if (isNew || stream.isTTY) write();
			ticking ??= setInterval(write, stream.isTTY ? OFTEN : SELDOM).unref();
		},
		end() {
			clearInterval(ticking);
			ticking = undefined;
			doing = { phase: '', detail: '' };
			if (stream.isTTY) stream.write('\r\x1b[K');
		},
	};
}

function duration(ms: number): string {
	const seconds = Math.floor(ms / 1000);
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
