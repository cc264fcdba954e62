/**
 * One worker thread that runs many workers, each with its own port. Starting a thread takes longer than most
 * tests.
 */
const { readFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { Script } = require('node:vm');
const threads = require('node:worker_threads');

const compiled = new Map();

/** Wraps a module as Node.js does. */
function compile(file) {
	const begin = '(function (exports, require, module, __filename, __dirname) {';
	const script = new Script(`${begin}${readFileSync(file, 'utf8')}\n})`, { filename: file });
	return script.runInThisContext();
}

threads.parentPort.on('message', ({ file, workerData, port }) => {
	const own = { ...threads, parentPort: port, workerData };
	const load = (name) => (name === 'node:worker_threads' ? own : require(name));
	const run = compiled.get(file) ?? compile(file);
	compiled.set(file, run);
	const module = { exports: {} };
	run(module.exports, load, module, file, dirname(file));
});
