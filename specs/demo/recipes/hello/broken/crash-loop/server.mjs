const VERSION = '1.1.0';

console.log(`hello ${VERSION}: starting`);
console.log('hello: cannot start: the setting LANGUAGE is missing');
process.exit(3);
