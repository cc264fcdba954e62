import { progressLine } from './progressLine';

const stream = (isTTY: boolean, columns: number) => {
	const written: string[] = [];
	return { written, isTTY, columns, write: (text: string) => written.push(text) };
};

const lineOn = (to: ReturnType<typeof stream>) => progressLine(to as unknown as NodeJS.WriteStream);

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('is one line in a terminal, never longer than a row, with the elapsed time', () => {
	const terminal = stream(true, 20);
	const line = lineOn(terminal);
	line.show('Installing');
	jest.advanceTimersByTime(1_000);
	line.show('Installing', '1234 MB of 3000');
	line.end();
	jest.advanceTimersByTime(10_000);
	expect(terminal.written).toEqual([
		'\r\x1b[KInstalling, 0:00',
		'\r\x1b[KInstalling, 0:01',
		'\r\x1b[KInstalling, 0:01, 1',
		'\r\x1b[K',
	]);
});

it('is rarely a new line elsewhere', () => {
	const file = stream(false, 0);
	const line = lineOn(file);
	line.show('Installing');
	line.show('Installing', '17 MB');
	jest.advanceTimersByTime(29_000);
	line.show('SQLite');
	jest.advanceTimersByTime(46_000);
	line.end();
	expect(file.written).toEqual([
		'Installing, 0:00\n',
		'Installing, 0:15, 17 MB\n',
		'SQLite, 0:29\n',
		'SQLite, 0:30\n',
		'SQLite, 0:45\n',
		'SQLite, 1:00\n',
		'SQLite, 1:15\n',
	]);
});
