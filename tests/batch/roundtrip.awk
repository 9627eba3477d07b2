# Items of all ten types as DynamoDB JSON lines, always the same ones: awk -v count=10000 -f roundtrip.awk
function pick(list) { return list[int(rand() * list[0]) + 1] }
function load(list, text,    i) {
    list[0] = split(text, part, "~")
    for (i = 1; i <= list[0]; i++) list[i] = part[i]
}
BEGIN {
    srand(20261121)
    load(strings, "~ ~a~é~日本語~😀~\\u0000~\\u0001\\u001b[31m~\\n~\\r\\n~\\t~a\\tb~\\\\N~\\\\~\\\"~\\\"\\\"~a,b~;~=1+1~-~null~true~1~1.0~0x10~'it''s'~`tick`~<<'a'>>~{a: 1}~[1]~b64'AAE='~{\\\"$b\\\":\\\"AA==\\\"}~ lead~trail ~\\ufeffbom~\\u202ertl~\\u2028~\\u00fc~/slash\\/~é")
    load(numbers, "0~-0~1~-1~1.50~00012~+7~12345678901234567890123456789012345678~-12345678901234567890123456789012345678~1E-130~-1E-130~9.9999999999999999999999999999999999999E+125~-9.9999999999999999999999999999999999999E+125~0.00000000000000000000000000000000000001~1e10~1.5E+3~123456789.987654321~0.1~1E125~3.1415926535897932384626433832795028841")
    load(binaries, "~AA==~AAE=~/+7d~gIGC~AAAAAAAAAAAAAAAA~8J+YgA==~Ig0KIg==")
    load(names, "a~b c~a.b~naïve~😀~$ss~$b~$m~_rest~x:S~x:~,~q\\\"uote~tab\\tname~size~1st~`tick`~l[0]~line\\nbreak~-~ ~null~\\\\~_id~x-y~:v~#n~é~A~Z")
    for (i = 0; i < count; i++) {
        printf "{\"Item\":{\"id\":{\"S\":\"k%05d\"},\"n\":{\"N\":\"%d\"}", i % (count / 2), i
        delete seen
        for (k = int(rand() * 7); k > 0; k--) {
            name = pick(names)
            if (name in seen) continue
            seen[name] = 1
            printf ",\"%s\":%s", name, value(0)
        }
        print "}}"
    }
}
function set(list, type,    out, have, key, i, one) {
    out = ""
    for (i = int(rand() * 4) + 1; i > 0; i--) {
        one = pick(list)
        if (type == "NS") one = int(rand() * 1000000) "." (int(rand() * 9) + 1)
        key = "," one ","
        if (index(have, key)) continue
        have = have key
        out = out (out == "" ? "" : ",") "\"" one "\""
    }
    return "{\"" type "\":[" out "]}"
}
function value(depth,    type, i, out, have, name) {
    type = int(rand() * (depth > 4 ? 8 : 10))
    if (type == 0) return "{\"S\":\"" pick(strings) "\"}"
    if (type == 1) return "{\"N\":\"" pick(numbers) "\"}"
    if (type == 2) return "{\"B\":\"" pick(binaries) "\"}"
    if (type == 3) return "{\"BOOL\":" (rand() < 0.5 ? "true" : "false") "}"
    if (type == 4) return "{\"NULL\":true}"
    if (type == 5) return set(strings, "SS")
    if (type == 6) return set(numbers, "NS")
    if (type == 7) return set(binaries, "BS")
    out = ""
    for (i = int(rand() * 4); i > 0; i--) {
        if (type == 8) {
            out = out (out == "" ? "" : ",") value(depth + 1)
            continue
        }
        name = pick(names)
        if (index(have, "," name "~")) continue
        have = have "," name "~"
        out = out (out == "" ? "" : ",") "\"" name "\":" value(depth + 1)
    }
    return type == 8 ? "{\"L\":[" out "]}" : "{\"M\":{" out "}}"
}
