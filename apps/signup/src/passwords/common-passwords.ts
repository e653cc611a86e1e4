/**
 * The passwords that attackers try first (ASVS 6.2.4 asks for the top 3,000 that fit the length rule). This is our own
 * list, not a copy of a leaked one: words and patterns that every published top list is made of, multiplied with the
 * endings people add to them. About 9,000 entries of eight characters or more; a breach corpus can be put in its place.
 */
const words = `
password passw0rd p@ssword p@ssw0rd passwort motdepasse contrasena senha wachtwoord haslo parola
welcome willkommen bienvenue letmein letmein! changeme default secret secure access login admin administrator root
superuser master guest user test testing tester demo sample temp temporary example company business office
qwerty qwertz azerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm 1q2w3e 1q2w3e4r 1q2w3e4r5t qazwsx qazwsxedc q1w2e3 q1w2e3r4
iloveyou loveyou love lovely iloveu princess sunshine flower butterfly rainbow angel babygirl sweetie honey
monkey dragon tiger lion panther eagle falcon dolphin shadow phoenix wolf kitten puppy buster charlie
football baseball basketball soccer hockey liverpool arsenal chelsea barcelona realmadrid juventus cowboys lakers steelers yankees
superman batman spiderman ironman pokemon pikachu starwars startrek naruto matrix hunter killer ninja samurai warrior
michael jennifer jessica jordan ashley michelle daniel andrew joshua matthew thomas robert nicole anthony
alexander christian samantha elizabeth stephanie charlotte benjamin jonathan patrick maggie ginger pepper cookie
cheese chocolate banana orange apple cherry coffee whiskey summer winter spring autumn january february monday friday
computer internet server network windows microsoft google facebook samsung iphone android
mustang ferrari porsche corvette mercedes harley yamaha trustno1 whatever nothing forever freedom blessed
jesus heaven family friends mother father brother sister london berlin paris america canada germany france
hello hello123 hallo bonjour hola goodbye diamond silver golden purple yellow
abc123 abcd1234 abcdef abcdefgh abcdefg1 aa123456 a1b2c3 a1b2c3d4 zaq12wsx 1qaz2wsx 1qaz2wsx3edc qwe123 qweasd qweasdzxc
asd123 zxc123 pass pass123 love123 123abc 123qwe 123qweasd 1234qwer 12qwaszx
`;

const endings = `
1 2 12 21 11 22 23 69 77 88 99 00 01 007 123 321 111 777 666 1234 4321 12345 123456 1234567890
! !! 1! 12! 123! @123 #1 @1 ? . 1. 123. _123 -123
2010 2011 2012 2013 2014 2015 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025 2026 2027 2024! 2025! 2026!
`;

const numbers = `
12345678 123456789 1234567890 12345678910 0123456789 01234567 87654321 987654321 9876543210 11223344 1122334455 112233445566
12341234 123123123 123321123 12121212 13131313 10203040 102030405060 11235813 31415926 314159265 14141414 69696969 42424242
147258369 159753456 741852963 789456123 456789123 963852741 147852369 159357456 1357924680 135792468 2468013579 246813579
19801980 19901990 20002000 20202020 20252025 20262026 01012000 01011990 01011980
qwer1234 asdf1234 zxcv1234 asdfasdf qwerqwer zxczxczxc passpass testtest adminadmin lovelove hellohello
correcthorsebatterystaple nopassword mypassword yourpassword thepassword password1password passwordpassword
secure_password secret_password my_password letmeinnow openthedoor opensesame iamadmin
`;

const listOf = (text: string): string[] => text.trim().split(/\s+/);

function build(): ReadonlySet<string> {
  const bases = listOf(words);
  const all = [
    ...listOf(numbers),
    ...bases,
    ...bases.flatMap((word) => listOf(endings).map((ending) => word + ending)),
  ];
  for (let digit = 0; digit <= 9; digit++) {
    for (let length = 8; length <= 12; length++) all.push(String(digit).repeat(length));
  }
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') all.push(letter.repeat(8), letter.repeat(10));
  return new Set(all.filter((password) => password.length >= 8));
}

const commonPasswords = build();

/** Capitals do not make a common password uncommon, and neither do the usual digits in place of letters. */
export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase();
  return commonPasswords.has(lower) || commonPasswords.has(undoSubstitutions(lower));
}

function undoSubstitutions(text: string): string {
  const letters: Record<string, string> = { '@': 'a', '4': 'a', '3': 'e', '0': 'o', $: 's', '5': 's' };
  const head = text.match(/^.*[a-z]/s)?.[0] ?? '';
  return head.replaceAll(/[@430$5]/g, (sign) => letters[sign] ?? sign) + text.slice(head.length);
}

export const commonPasswordCount = commonPasswords.size;
