/** Caches compiled files on disk, so that each file is compiled once per machine. */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { tmpdir, userInfo } = require('node:os');
const { join } = require('node:path');
const { threadId } = require('node:worker_threads');

const FOLDER = join(tmpdir(), `typescript-${userInfo().uid}`);

/**
 * @param {string} file
 * @param {string} compiler name and version, and everything else besides the text that affects the result
 * @param {(source: string) => string} compile
 * @returns {string} JavaScript
 */
module.exports = function compileOnce(file, compiler, compile) {
	const source = readFileSync(file, 'utf8');
	const hash = createHash('sha1').update(`${compiler}\0${file}\0${source}`).digest('hex');
	const compiled = join(FOLDER, hash);
	try {
		return readFileSync(compiled, 'utf8');
	} catch (error) {
		if (error.code !== 'ENOENT') throw error;
	}
	const code = compile(source);
	mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
	// Write a draft and rename it, so that other processes never read a partial file.
	const draft = `${compiled}.${process.pid}.${threadId}`;
	writeFileSync(draft, code);
	renameSync(draft, compiled);
	return code;
};
