/**
 * The passwords that attackers try first, of eight characters or more, in lower case. A short list on purpose: it stops the worst
 * choices offline; the throttle on logins does the rest.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `00000000 0123456789 11111111 1111111111 112233445566 11223344 12121212 123123123 12341234 1234567890 123456789 12345678
  1234567891 12345678910 123456789a 123456789q 1234qwer 12345qwert 123456abc 123456aa 123qweasd 147258369 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
  1qaz2wsx 1qaz2wsx3edc 1qazxsw2 22222222 55555555 66666666 77777777 87654321 88888888 987654321 9876543210 99999999 a1234567 a12345678
  a123456789 aa123456 aa12345678 aaaaaaaa abc12345 abc123456 abcd1234 abcd12345 abcdefgh abcdefg1 access14 adminadmin admin123 admin1234
  admin12345 administrator alexander asdf1234 asdfasdf asdfghjk asdfghjkl baseball basketball butterfly carolina changeme changeme1
  changeme123 charlie1 chocolate christian computer corvette creative danielle dragon123 einstein elephant facebook football football1
  freedom1 garfield gfhjkm123 google123 greenday hello123 helloworld iloveyou iloveyou1 iloveyou2 internet jennifer jessica1 jonathan
  justin123 killer123 laravel123 letmein1 letmein123 liverpool login123 marlboro maverick mercedes metallica michael1 michelle midnight
  minecraft mustang1 myspace1 naruto123 newpassword nicholas nothing1 p@ssw0rd p@ssword p@ssword1 pa55word pass1234 pass12345 passw0rd
  passw0rd1 password password! password1 password1! password11 password12 password123 password123! password1234 password2 password3
  passwort passwort1 patricia pokemon1 pokemon123 princess princess1 qazwsxedc q1w2e3r4 q1w2e3r4t5 qqww1122 qwer1234 qwert123 qwerty12
  qwerty123 qwerty1234 qwerty12345 qwertyui qwertyuiop qwe123qwe rootroot samantha sample123 scorpion secret123 secret12 security
  shadow123 slipknot snowball spiderman starwars starwars1 startrek steelers summer123 sunshine sunshine1 superman superman1 superstar
  swordfish test1234 test12345 testtest testing1 testing123 thomas123 throughline trustno1 user1234 victoria volleyball welcome1
  welcome123 whatever william1 winter123 wordpass xxxxxxxx yankees1 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123 zxcvbnmz`.split(
    /\s+/,
  ),
)
