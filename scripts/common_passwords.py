"""Write src/contenthub/tenants/common_passwords.txt.gz: passwords that guessers try first.

Made from rules over words that every published list of leaked passwords is full of
(keyboard walks, words with a number behind them, Chinese number puns, pinyin of common
names and words, years): no list is copied, so the file carries nobody's licence. Only what
our own length rule would let through is kept. Run it again after a change of the words:

    .venv/bin/python scripts/common_passwords.py
"""

import gzip
from itertools import product
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/contenthub/tenants/common_passwords.txt.gz"
MIN_CHARS = 8

WORDS = """
password passw0rd p@ssw0rd p@ssword pass pa55word admin administrator root test guest user login
welcome letmein master super system oracle mysql server server2 computer internet network windows
microsoft google apple samsung huawei xiaomi lenovo iphone android wechat weixin alipay taobao
baidu tencent qwerty qwer asdf asdfgh zxcv zxcvbn qazwsx qaz wsx abc abcd abcde a aa aaa aaaa ab
q qq qqq w ww z zz zxc asd qwe love iloveyou loveyou lover baby honey angel princess sunshine
shadow monkey dragon tiger lion panda football baseball basketball soccer hockey superman batman
spiderman pokemon starwars matrix ninja samurai mustang ferrari porsche michael jordan michelle
jessica ashley daniel thomas robert charlie george andrew joshua jennifer nicole hunter killer
flower summer winter spring autumn monday friday january december freedom secret changeme
default temp temp1 demo hello world helloworld china chinese beijing shanghai guangzhou shenzhen
hangzhou nanjing chengdu chongqing wuhan xian zhongguo woaini woaiwojia wodemima mima aini aiwojia
woshishui nihao wozhidao baobao laopo laogong mama baba qingqing xiaoming xiaohong zhangsan lisi
wangwu zhaoliu zhangwei wangwei wangfang liwei lina zhangmin lijing wangjing liuwei wangxiuying
zhangli lixiuying wangli zhangjing zhangxiuying liqiang wangmin limin wanglei liuyang wangyan
wangyong lijun zhangyong lijie zhangjie zhanglei wangqiang lijuan wangjun zhangyan zhangtao
wangtao liyan wangchao liming liyong wangjuan liujie liumin lixia lili yinhang bank nongshang
nongshanghang nongxin xinyongshe hang dianhua shouji caiwu kuaiji yewu guanli guanliyuan manager
office company gongsi yuangong kehu kehujingli xiaoshou market sales service support money
caifu facai zhangshang 5201314 woaiziji woaimama
""".split()
NUMBERS = """
1 12 123 1234 12345 123456 1234567 12345678 123456789 0 00 000 01 001 007 11 111 1111 22 222 321
520 521 666 6666 66666 666666 777 7777 888 8888 88888 888888 999 9999 1314 5201314 520520 13141314
2008 2010 2012 2015 2018 2019 2020 2021 2022 2023 2024 2025 2026 2027 1980 1985 1988 1990 1995 1999
""".split()
BETWEEN = ("", "@")
WALKS = """
qwertyuiop asdfghjkl zxcvbnm qazwsxedc rfvtgbyhn 1qaz2wsx3edc 1q2w3e4r5t6y 1234567890 0987654321
!@#$%^&*() 7894561230 1472583690 147258369 369258147 741852963 963852741 159753456 789456123
qweasdzxc qwe123asd zaq12wsx zaqxswcde poiuytrewq mnbvcxz lkjhgfdsa q1w2e3r4t5y6 a1s2d3f4g5h6
1qazxsw2 1q2w3e4r 1qaz@wsx !qaz2wsx !qaz@wsx 1qaz!qaz 2wsx3edc qwer1234 asdf1234 zxcv1234 abcd1234
1234qwer 1234asdf 1234abcd 123qweasd 123qweasdzxc q1w2e3r4 a1b2c3d4 a1b2c3d4e5 aa123456 qq123456
123456aa 123456qq 123456abc 123456789a a123456789 a1234567 a12345678 z123456789 w123456789
1234567a 12345678a 123456789q 987654321a iloveyou1 trustno1 letmein1 welcome1 password1 password12
password123 admin123 admin888 admin666 root1234 test1234 user1234 11223344 12344321 12341234
12121212 13131313 10101010 11112222 11111111 00000000 12345678910 123123123 123321123 321321321
147147147 147896325 159159159 159357159 258258258 456456456 789789789 111222333 112233445566
123654789 987654321 87654321 876543210 9876543210 0123456789 01234567 12345679 1029384756
5201314520 52013145201314 520520520 13145201314 1314520520 woaini1314 woaini520 woaini5201314
aini1314 5845201314 584131421 78963214 75395128 31415926 3141592653 314159265 27182818 19491001
""".split()


def _walks() -> set[str]:
    found = set(WALKS)
    for walk in WALKS:
        for start in range(len(walk) - MIN_CHARS + 1):
            for end in range(start + MIN_CHARS, len(walk) + 1):
                found |= {walk[start:end], walk[start:end][::-1]}
    return found


def _repeats() -> set[str]:
    units = [str(n) for n in range(10)] + [f"{n:02d}" for n in range(100)]
    units += [f"{n:03d}" for n in range(0, 1000, 111)] + ["abc", "abcd", "qwe", "asd", "aa", "ab"]
    return {unit * times for unit in units for times in range(2, 11)}


def _with_numbers() -> set[str]:
    found = set()
    for word, between, number in product(WORDS, BETWEEN, NUMBERS):
        found.add(word + between + number)
    for word, number in product(WORDS, NUMBERS):
        found.add(number + word)
    return found | {word * 2 for word in WORDS} | set(WORDS) | {word + "!" for word in WORDS}


def main() -> None:
    """Write the file; the same words make the same bytes."""
    every = _walks() | _repeats() | _with_numbers()
    kept = sorted(p for p in (one.casefold() for one in every) if MIN_CHARS <= len(p) <= 24)
    kept = sorted(set(kept))
    packed = gzip.compress("\n".join(kept).encode(), 9, mtime=0)
    TARGET.write_bytes(packed)
    print(f"{len(kept)} passwords, {len(packed)} bytes")


if __name__ == "__main__":
    main()
